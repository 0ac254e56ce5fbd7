# An overlay port next to the sources: `vcpkg install tikv-cpp --overlay-ports=packaging/vcpkg/ports`. One in a registry
# fetches a release with vcpkg_from_github instead.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "static" build_static)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "dynamic" build_shared)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DTIKV_BUILD_STATIC=${build_static}
    -DTIKV_BUILD_SHARED=${build_shared}
    -DTIKV_BUILD_ADAPTERS=OFF
    -DTIKV_BUILD_TESTS=OFF
    -DTIKV_BUILD_TESTKIT=OFF
    -DTIKV_BUILD_TOOL=OFF
    -DTIKV_BUILD_EXAMPLES=OFF
    -DTIKV_BUILD_BENCH=OFF
    -DTIKV_WERROR=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME tikv CONFIG_PATH lib/cmake/tikv)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
# The sources have no licence file yet; vcpkg_install_copyright() belongs here once they do.
set(VCPKG_POLICY_SKIP_COPYRIGHT_CHECK enabled)
