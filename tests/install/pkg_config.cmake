# The same program by pkg-config alone: the shared library, and the static one with what it needs.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
set(ENV{PKG_CONFIG_PATH} "${WORK}/prefix/${LIBDIR}/pkgconfig")

function(build_with program)
  execute_process(COMMAND pkg-config ${ARGN} --cflags --libs tikv OUTPUT_VARIABLE arguments
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(arguments UNIX_COMMAND "${arguments}")
  separate_arguments(extra UNIX_COMMAND "${flags}")
  if("--static" IN_LIST ARGN)
    # The static library by its name, as there is a shared one beside it; what it needs may be shared.
    list(TRANSFORM arguments REPLACE "^-ltikv$" "-l:libtikv.a")
  endif()
  run("${COMPILER}" -std=c++23 ${extra} "${TESTS}/consumer/main.cc" -o "${WORK}/${program}" ${arguments}
      "-Wl,-rpath,${WORK}/prefix/${LIBDIR}")
  run("${WORK}/${program}")
endfunction()

build_with(pkg_config_shared)
build_with(pkg_config_static --static)

execute_process(COMMAND pkg-config --modversion tikv OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL VERSION)
  message(SEND_ERROR "tikv.pc has version ${version}, not ${VERSION}")
endif()
# Nothing private for users of the shared library.
execute_process(COMMAND pkg-config --libs tikv OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
if(libraries MATCHES "protobuf|nghttp2|ssl|-lz")
  message(SEND_ERROR "tikv.pc makes users of the shared library link ${libraries}")
endif()
