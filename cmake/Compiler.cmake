# Flags for our own targets. Third-party headers come in as SYSTEM and are left alone.
option(REPRISE_WERROR "Treat warnings as errors" OFF)
option(REPRISE_HARDEN "Hardened build: fortify, stack protector, full RELRO" OFF)
set(REPRISE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

find_program(CCACHE ccache)
if(CCACHE)
  # Paths below the source folder do not count: another clone of the same text hits the same entries.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
find_program(MOLD mold)

add_library(reprise_flags INTERFACE)
target_compile_features(reprise_flags INTERFACE cxx_std_20)
target_include_directories(reprise_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(reprise_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wundef -Wno-missing-field-initializers
  # GCC 12 sees overlaps and overruns in std::string (GCC bug 105651; the latter where the headers are
  # precompiled) and unset values in tl::expected that are not there.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict$<SEMICOLON>-Wno-maybe-uninitialized>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow$<SEMICOLON>-Wno-stringop-overread$<SEMICOLON>-Wno-array-bounds>)
if(REPRISE_WERROR)
  target_compile_options(reprise_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(reprise_flags INTERFACE -g1)
endif()
# Tests are compiled without optimization, which takes a fifth off a clean build; what they test is not.
define_property(TARGET PROPERTY REPRISE_IS_TEST BRIEF_DOCS "Holds tests, not what they test")
set(reprise_is_test $<BOOL:$<TARGET_PROPERTY:REPRISE_IS_TEST>>)
target_compile_options(reprise_flags INTERFACE $<${reprise_is_test}:-O0>)
if(REPRISE_HARDEN)
  target_compile_options(reprise_flags INTERFACE
    $<$<NOT:${reprise_is_test}>:-D_FORTIFY_SOURCE=2> -D_GLIBCXX_ASSERTIONS -fstack-protector-strong)
  target_link_options(reprise_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(REPRISE_SANITIZE)
  target_compile_options(reprise_flags INTERFACE
    -fsanitize=${REPRISE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(reprise_flags INTERFACE -fsanitize=${REPRISE_SANITIZE})
  if(REPRISE_SANITIZE MATCHES "thread")
    target_compile_options(reprise_flags INTERFACE -Wno-tsan)  # Asio's fences, reported by the hundred
  endif()
endif()
# Everything counts where it has been, so that a fuzzer sees what its input did (tests/fuzz).
option(REPRISE_FUZZ "Build the fuzzers, and all for them; clang only" OFF)
if(REPRISE_FUZZ)
  target_compile_options(reprise_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(MOLD)
  target_link_options(reprise_flags INTERFACE -fuse-ld=mold)
endif()
