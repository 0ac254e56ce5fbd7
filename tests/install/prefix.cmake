# Installs everything into a fresh prefix, and moves it: nothing in it may hold its first place.
cmake_minimum_required(VERSION 3.25)
include("${TESTS}/run.cmake")
file(REMOVE_RECURSE "${WORK}")
run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${WORK}/first-place")
file(RENAME "${WORK}/first-place" "${WORK}/prefix")
