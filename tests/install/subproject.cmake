# The source tree as a part of somebody else's project (FetchContent): builds the library once more.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
file(REMOVE_RECURSE "${WORK}/subproject-prefix")
configure_and_build("${TESTS}/consumer" "${WORK}/subproject" -G Ninja "-DTIKV_SOURCE=${SOURCE}"
  "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_FLAGS_DEBUG=${DEBUG_FLAGS}" "-DCMAKE_CXX_FLAGS_RELEASE=${RELEASE_FLAGS}")
foreach(program static shared)
  run("${WORK}/subproject/consumer_${program}")
endforeach()
# It brings no install rules with it.
run(${CMAKE_COMMAND} --install "${WORK}/subproject" --prefix "${WORK}/subproject-prefix")
file(GLOB_RECURSE installed "${WORK}/subproject-prefix/*")
if(installed)
  message(SEND_ERROR "the subproject installs ${installed}")
endif()
