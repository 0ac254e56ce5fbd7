# find_package(tikv), static and shared, and the embedded cluster; messages of the program's own, even by the names
# that the library has inside.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
configure_and_build("${TESTS}/consumer" "${WORK}/consumer" "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
foreach(program static shared)
  run("${WORK}/consumer/consumer_${program}")
endforeach()
if(TESTKIT)
  run("${WORK}/consumer/consumer_testing")
  run("${WORK}/consumer/consumer_other_messages")
endif()
