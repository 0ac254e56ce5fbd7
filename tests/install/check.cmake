# Installs into a fresh prefix, builds the consumer against it and runs it; looks at what the shared library shows.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${WORK}")
run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${WORK}/prefix")

set(flags "")
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
endif()
if(COVERAGE)
  string(APPEND flags " --coverage")
endif()
run(${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/build" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=${flags}"
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
run(${CMAKE_COMMAND} --build "${WORK}/build")
foreach(program static shared)
  run("${WORK}/build/consumer_${program}")
endforeach()

# Sanitizers and coverage bring symbols of their own.
if(NOT flags)
  file(GLOB_RECURSE library "${WORK}/prefix/libtikv.so")
  execute_process(COMMAND nm -DC --defined-only "${library}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    if(NOT symbol MATCHES " (T|W|V|u|A) tikv::")
      message(SEND_ERROR "the shared library shows ${symbol}")
    endif()
  endforeach()
endif()
