# One folder = one static library `retinue_<name>` (alias `retinue::<name>`), made
# of its *.cc; one test program `<name>_test`, made of its *_test.cc. A folder's
# CMakeLists.txt is one call of this function.
#
#   retinue_module(heads
#     DEPS base geometry tensor results        # folders of this repository
#     LINK hwy::hwy                            # third parties, never seen by users of the headers
#     TEST_DEPS infer                          # folders that only its tests use
#     TEST_LINK nlohmann_json::nlohmann_json)
function(retinue_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LINK;TEST_DEPS;TEST_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  set(target retinue_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:retinue_warnings>)
    # Headers that a folder keeps to itself are included by their full path.
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
    foreach(library IN LISTS arg_LINK)
      target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}>)
    endforeach()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(retinue::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(${target} ${scope} retinue_${dep})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY RETINUE_MODULES ${target})

  if(RETINUE_BUILD_TESTS AND tests)
    retinue_test_program(${name} SOURCES ${tests} LINK ${target} ${arg_TEST_LINK} TIMEOUT 300)
    foreach(dep IN LISTS arg_TEST_DEPS)
      target_link_libraries(${name}_test PRIVATE retinue_${dep})
    endforeach()
  endif()
endfunction()

# The test program `<name>_test`; its tests are called `<name>.Suite.Test` and labelled `<name>`.
# Tests are more code than what they test, so they are compiled for a quick build: debugging
# optimisation, googletest's headers precompiled, and without the checks of every single access
# that AddressSanitizer makes anyway. What they test keeps every check.
function(retinue_test_program name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
  set(program ${name}_test)
  add_executable(${program} ${arg_SOURCES})
  target_link_libraries(${program} PRIVATE retinue_testing retinue_warnings GTest::gmock_main
    ${arg_LINK})
  # At -Og GCC 12 takes constructors that only note an address for readers of it.
  target_compile_options(${program} PRIVATE -Og
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-maybe-uninitialized>)
  if(RETINUE_SANITIZE MATCHES "undefined")
    target_compile_options(${program} PRIVATE -fno-sanitize=null,alignment,vptr,object-size)
  endif()
  target_precompile_headers(${program} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  set_target_properties(${program} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  gtest_discover_tests(${program} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${name}")
endfunction()
