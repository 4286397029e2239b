# A room is one static library in src/<name>. NEEDS names the rooms below it that it may call; those
# and EXTERNAL libraries are all that it links. Tests (SOURCES' *_test.cpp siblings) become one
# test program per room. tests/rooms_check.py holds the includes to the same arrows. ON_POSTGRES: its
# tests want a PostgreSQL server, which ctest starts once for all of them (tests/CMakeLists.txt);
# ON_STORAGE: the same for storage servers.
include(GoogleTest)

# All test programs and nothing else.
add_custom_target(unit_tests)

function(reprise_room name)
  cmake_parse_arguments(ROOM "ON_POSTGRES;ON_STORAGE" "" "SOURCES;TESTS;NEEDS;EXTERNAL" ${ARGN})
  list(TRANSFORM ROOM_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/${name}/)
  list(TRANSFORM ROOM_TESTS PREPEND ${CMAKE_SOURCE_DIR}/src/${name}/)
  set(links reprise_flags)
  foreach(need ${ROOM_NEEDS})
    list(APPEND links reprise_${need})
  endforeach()
  if(ROOM_SOURCES)
    add_library(reprise_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(reprise_${name} PUBLIC ${links} ${ROOM_EXTERNAL})
    reprise_precompiled(reprise_${name} reprise_pch)
  else()
    add_library(reprise_${name} INTERFACE)
    target_link_libraries(reprise_${name} INTERFACE ${links} ${ROOM_EXTERNAL})
  endif()
  if(ROOM_TESTS AND BUILD_TESTING)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE reprise_${name} reprise_tree_for_tests GTest::gmock GTest::gtest_main)
    set_target_properties(${name}_test PROPERTIES REPRISE_IS_TEST ON)
    reprise_precompiled(${name}_test reprise_test_pch)
    add_dependencies(unit_tests ${name}_test)
    set(properties TIMEOUT 300)
    if(ROOM_ON_POSTGRES)
      list(APPEND properties FIXTURES_REQUIRED postgres
           ENVIRONMENT REPRISE_TEST_POSTGRES=${CMAKE_BINARY_DIR}/postgres-for-tests)
    endif()
    if(ROOM_ON_STORAGE)
      list(APPEND properties FIXTURES_REQUIRED storage_servers
           ENVIRONMENT REPRISE_TEST_STORAGE=${CMAKE_BINARY_DIR}/storage-for-tests)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
                         PROPERTIES ${properties})
  endif()
endfunction()
