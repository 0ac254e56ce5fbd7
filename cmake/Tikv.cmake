# tikv_warnings(target): what every hand-written target is compiled with.
function(tikv_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
  if(TIKV_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE -Wthread-safety)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees uninitialised and dangling memory in std::expected and in coroutine frames where there is none.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict)
  endif()
endfunction()

# Parsing is half of what a translation unit costs, and most of that are a few headers that never change: precompiled
# once for libraries and once for tests, each with and without the generated messages. No header of this project's own
# belongs in here: a change to it would compile everything again.
set(TIKV_STANDARD_HEADERS <algorithm> <atomic> <chrono> <coroutine> <cstdint> <deque> <expected> <functional> <map>
    <memory> <mutex> <optional> <random> <span> <stop_token> <string> <string_view> <unordered_map> <utility> <variant>
    <vector>)

function(tikv_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;DEPENDS;OPTIONS" ${ARGN})
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled/${name}.cc" "")
  add_library(${name} OBJECT "${CMAKE_BINARY_DIR}/precompiled/${name}.cc")
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  tikv_warnings(${name})  # g++ refuses what was precompiled with others
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS} ${TIKV_STANDARD_HEADERS})
endfunction()

# tikv_use_precompiled(target kind): kind is library or test. What links no layer above runtime has no messages.
function(tikv_use_precompiled target kind)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  string(REGEX REPLACE "tikv_(base|runtime)" "" above "${libraries}")
  if(above MATCHES "tikv|fixture|world|support")
    target_precompile_headers(${target} REUSE_FROM tikv_precompiled_${kind}_messages)
  else()
    target_precompile_headers(${target} REUSE_FROM tikv_precompiled_${kind})
  endif()
endfunction()

# tikv_layer(name SOURCES ... [DEPENDS layers and libraries...]): src/<name> as a library of its own.
#
# The only include path that leads to it is a folder that holds src/<name> and nothing else, so a layer can include
# exactly what it depends on: an include that goes up does not build.
function(tikv_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  set(view "${CMAKE_BINARY_DIR}/layers/${name}")
  file(MAKE_DIRECTORY "${view}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${view}/${name}" SYMBOLIC)
  add_library(tikv_${name} STATIC ${arg_SOURCES})
  target_include_directories(tikv_${name} PUBLIC "${view}" "${PROJECT_SOURCE_DIR}/include")
  foreach(dependency ${arg_DEPENDS})
    if(dependency MATCHES "^(base|runtime|observe|proto|net|pd|region|route|lock|admin|snapshot|raw|txn|config|client)$")
      target_link_libraries(tikv_${name} PUBLIC tikv_${dependency})
    else()
      target_link_libraries(tikv_${name} PUBLIC ${dependency})
    endif()
  endforeach()
  tikv_warnings(tikv_${name})
  tikv_use_precompiled(tikv_${name} library)
  set_property(GLOBAL APPEND PROPERTY TIKV_LAYERS tikv_${name})
endfunction()

# tikv_test(NAME n SOURCES ... [DEPENDS layers and libraries...] [LABELS ...]): one GoogleTest program, one ctest entry.
function(tikv_test)
  cmake_parse_arguments(arg "" "NAME;TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  foreach(dependency ${arg_DEPENDS})
    if(TARGET tikv_${dependency})
      target_link_libraries(${arg_NAME} PRIVATE tikv_${dependency})
    else()
      target_link_libraries(${arg_NAME} PRIVATE ${dependency})
    endif()
  endforeach()
  target_link_libraries(${arg_NAME} PRIVATE GTest::gmock GTest::gtest_main)
  tikv_use_precompiled(${arg_NAME} test)
  tikv_warnings(${arg_NAME})
  target_compile_options(${arg_NAME} PRIVATE -Wno-dangling-else)  # GoogleTest's macros hold an if
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(thread_tests ${arg_NAME})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set_tests_properties(${arg_NAME} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
