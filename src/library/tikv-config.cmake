# find_package(tikv) gives tikv::tikv (static) and tikv::shared, and tikv::testing where the embedded cluster was built.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(OpenSSL)
find_dependency(ZLIB)
find_dependency(Protobuf)
include("${CMAKE_CURRENT_LIST_DIR}/tikv-targets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/tikv-testing-targets.cmake" OPTIONAL)
