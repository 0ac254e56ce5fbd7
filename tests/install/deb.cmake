# The Debian packages: who they depend on, what is in them, and a consumer built on what they unpack to.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
file(REMOVE_RECURSE "${WORK}/deb")
file(MAKE_DIRECTORY "${WORK}/deb")
get_filename_component(bin "${CMAKE_COMMAND}" DIRECTORY)
execute_process(COMMAND "${bin}/cpack" -G DEB -B "${WORK}/deb" --config "${BUILD}/CPackConfig.cmake"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

# field(package name out): a line of a package's control file.
function(field package name out)
  file(GLOB file "${WORK}/deb/${package}_*.deb")
  execute_process(COMMAND dpkg-deb -f "${file}" "${name}" OUTPUT_VARIABLE value OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${value}" PARENT_SCOPE)
endfunction()
function(expect package pattern value)
  if(NOT value MATCHES "${pattern}")
    message(SEND_ERROR "${package}: no '${pattern}' in '${value}'")
  endif()
endfunction()

string(REGEX MATCH "^[0-9]+\\.[0-9]+" abi "${VERSION}")
field("libtikv${abi}" Depends depends)
foreach(library libc6 libstdc\\+\\+6 libprotobuf-lite libnghttp2 libssl)
  expect("libtikv${abi}" "${library}" "${depends}")
endforeach()
field(libtikv-dev Depends depends)
expect(libtikv-dev "libtikv${abi} \\(= ${VERSION}\\)" "${depends}")
expect(libtikv-dev "libprotobuf-dev" "${depends}")

file(GLOB packages "${WORK}/deb/*.deb")
foreach(package IN LISTS packages)
  run(dpkg-deb -x "${package}" "${WORK}/deb/root")
endforeach()
foreach(file lib*/libtikv.so.${abi} lib*/libtikv.so lib*/libtikv.a include/tikv/client.h lib*/pkgconfig/tikv.pc
        lib*/cmake/tikv/tikv-config.cmake)
  file(GLOB_RECURSE found "${WORK}/deb/root/usr/${file}")
  if(NOT found)
    message(SEND_ERROR "no package has ${file}")
  endif()
endforeach()

configure_and_build("${TESTS}/consumer" "${WORK}/deb/consumer" "-DCMAKE_PREFIX_PATH=${WORK}/deb/root/usr")
foreach(program static shared)
  run("${WORK}/deb/consumer/consumer_${program}")
endforeach()
