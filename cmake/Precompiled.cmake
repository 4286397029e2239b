# Headers that nearly every unit includes, parsed once: the standard library's, fmt, tl::expected and Boost.JSON
# for the rooms, GoogleTest as well for their tests. It takes about 40 % off a clean build.
# Sources go on naming all that they use: script/tidy and the clang preset build without (REPRISE_PCH=OFF).
option(REPRISE_PCH "Precompile the headers that nearly every unit includes" ON)

set(reprise_pch_headers
  <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <filesystem> <functional>
  <map> <memory> <mutex> <optional> <set> <span> <stop_token> <string> <string_view> <thread> <utility>
  <variant> <vector>
  <fmt/format.h> <tl/expected.hpp>
  <boost/json/array.hpp> <boost/json/object.hpp> <boost/json/parse.hpp> <boost/json/serialize.hpp>
  <boost/json/value.hpp>)

# Makes the precompiled headers. The targets that use them need the same flags: all have them from reprise_flags.
function(reprise_make_precompiled name)
  cmake_parse_arguments(PCH "" "" "HEADERS;LINKS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE reprise_flags fmt::fmt tl::expected Boost::json ${PCH_LINKS})
  target_precompile_headers(${name} PRIVATE ${PCH_HEADERS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -fpch-preprocess)  # as ccache asks for
  endif()
endfunction()

if(REPRISE_PCH)
  reprise_make_precompiled(reprise_pch HEADERS ${reprise_pch_headers})
  if(BUILD_TESTING)
    reprise_make_precompiled(reprise_test_pch HEADERS ${reprise_pch_headers} <gtest/gtest.h> <gmock/gmock.h>
                             LINKS GTest::gmock)
    set_target_properties(reprise_test_pch PROPERTIES REPRISE_IS_TEST ON)
  endif()
endif()

# Lets a target's sources start from one of the two.
function(reprise_precompiled target name)
  if(REPRISE_PCH)
    target_precompile_headers(${target} REUSE_FROM ${name})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
  endif()
endfunction()
