# The source tree as a part of somebody else's project (FetchContent): builds the library once more.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
configure_and_build("${TESTS}/consumer" "${WORK}/subproject" -G Ninja "-DTIKV_SOURCE=${SOURCE}"
  "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_FLAGS_DEBUG=${DEBUG_FLAGS}" "-DCMAKE_CXX_FLAGS_RELEASE=${RELEASE_FLAGS}")
foreach(program static shared)
  run("${WORK}/subproject/consumer_${program}")
endforeach()
