"""Conan 2 recipe: `conan create packaging/conan --version=0.1.0 -s compiler.cppstd=23` in the source tree."""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, rmdir

required_conan_version = ">=2.0"


class TikvCppConan(ConanFile):
    name = "tikv-cpp"
    description = "The C++ client for TiKV"
    topics = ("tikv", "key-value", "database", "client")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True, "protobuf/*:lite": True}

    def export_sources(self):
        root = os.path.join(self.recipe_folder, os.pardir, os.pardir)
        for pattern in ("CMakeLists.txt", "cmake/*", "include/*", "proto/*", "src/*", "packaging/CMakeLists.txt"):
            copy(self, pattern, root, self.export_sources_folder)

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # Boost's headers, toml++ and the message compiler are for building alone: no public header includes them.
        self.requires("boost/[>=1.81 <2]", options={"header_only": True}, visible=False)
        self.requires("tomlplusplus/3.3.0", visible=False)
        self.requires("libnghttp2/[>=1.52 <2]")
        self.requires("openssl/[>=3 <4]")
        self.requires("protobuf/3.21.12")
        self.requires("zlib/[>=1.2.11 <2]")

    def build_requirements(self):
        self.tool_requires("protobuf/<host_version>")

    def validate(self):
        check_min_cppstd(self, 23)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["TIKV_BUILD_STATIC"] = not self.options.shared
        toolchain.cache_variables["TIKV_BUILD_SHARED"] = bool(self.options.shared)
        # Adapters would be there or not by what the machine has besides Conan's packages.
        for part in ("ADAPTERS", "TESTS", "TESTKIT", "TOOL", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"TIKV_BUILD_{part}"] = False
        toolchain.cache_variables["TIKV_WERROR"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        # Conan writes its own.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tikv")
        self.cpp_info.set_property("cmake_target_name", "tikv::shared" if self.options.shared else "tikv::tikv")
        self.cpp_info.set_property("pkg_config_name", "tikv")
        self.cpp_info.libs = ["tikv"]
        self.cpp_info.requires = [
            "libnghttp2::libnghttp2", "openssl::openssl", "protobuf::libprotobuf-lite", "zlib::zlib"]
        if self.settings.os == "Linux":
            self.cpp_info.system_libs = ["pthread"]
