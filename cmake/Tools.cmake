# Faster builds where the tools are there; nothing depends on them.
find_program(TIKV_CCACHE ccache)
if(TIKV_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # One cache for every clone and build folder: paths below the clone are relative, and no working directory in the hash.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
      ${TIKV_CCACHE})
endif()
find_program(TIKV_MOLD mold)
if(TIKV_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(TIKV_SANITIZE)
  add_compile_options(-fsanitize=${TIKV_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIKV_SANITIZE})
endif()
if(TIKV_SANITIZE MATCHES "thread")
  # ThreadSanitizer does not follow fences; Asio hands work from thread to thread under a mutex besides.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(TIKV_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(TIKV_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
