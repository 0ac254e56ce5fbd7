# The Debian packages: who they depend on, what is in them, a consumer built on what dpkg installs into a root of its own,
# and what is left there when they are purged.
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

# A root where dpkg knows this machine's packages, so that it checks dependencies, but sees none of their files, which it
# complains about at length. The packages' scripts run outside of it, with an ldconfig that does nothing but count.
set(root "${WORK}/deb/root")
file(MAKE_DIRECTORY "${root}/var/lib/dpkg/info" "${root}/var/lib/dpkg/updates" "${root}/var/lib/dpkg/triggers")
file(COPY_FILE /var/lib/dpkg/status "${root}/var/lib/dpkg/status")
file(WRITE "${WORK}/deb/bin/ldconfig" "#!/bin/sh\necho called >>${WORK}/deb/ldconfig.log\n")
file(CHMOD "${WORK}/deb/bin/ldconfig" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
function(dpkg)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env "PATH=${WORK}/deb/bin:$ENV{PATH}:/usr/sbin:/sbin" dpkg "--root=${root}"
      "--log=${WORK}/deb/dpkg.log" --force-not-root --force-script-chrootless --no-triggers ${ARGN}
    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "dpkg ${ARGN}: ${text}")
  endif()
endfunction()

file(GLOB packages "${WORK}/deb/*.deb")
dpkg(--install ${packages})
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

set(names)
foreach(package IN LISTS packages)
  execute_process(COMMAND dpkg-deb -f "${package}" Package OUTPUT_VARIABLE name OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND names "${name}")
endforeach()
dpkg(--purge ${names})
file(GLOB_RECURSE left "${root}/usr/*")
if(left)
  message(SEND_ERROR "purged, and still there: ${left}")
endif()
# When a package with a shared library comes and when it goes.
set(expected 2)
if(TESTKIT)
  set(expected 4)
endif()
file(STRINGS "${WORK}/deb/ldconfig.log" calls)
list(LENGTH calls calls)
if(NOT calls EQUAL expected)
  message(SEND_ERROR "ldconfig was called ${calls} times, not ${expected}")
endif()
