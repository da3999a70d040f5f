# Finds the third parties. Each is looked for in CMAKE_PREFIX_PATH and the system first, then in .deps/, which
# ./bootstrap fills; what was found is printed at the end of this file's work.
#
# Always there afterwards, or configuring has stopped and said how to get them:
#   hwy::hwy  tl::expected  Eigen3::Eigen  tomlplusplus::tomlplusplus  nlohmann_json::nlohmann_json  stb::stb
#   and, unless RETINUE_CORE_ONLY:  CLI11::CLI11  fmt::fmt
#   with RETINUE_BUILD_TESTS: GTest::gtest, GTest::gmock_main;  with RETINUE_BUILD_BENCH: benchmark::benchmark
# Optional, by RETINUE_WITH_... = AUTO | ON | OFF (ON and missing is an error):
#   RETINUE_HAVE_OPENVINO      openvino::runtime
#   RETINUE_HAVE_ONNXRUNTIME   onnxruntime_headers; RETINUE_ONNXRUNTIME_LIBRARY, to be opened at run time, never linked
#   RETINUE_HAVE_GSTREAMER     PkgConfig::GSTREAMER, TurboJPEG with it; PkgConfig::GSTREAMER_RTSP_SERVER where present (tests only)
#   RETINUE_HAVE_CURL          curl_headers; the library is opened at run time, when something is downloaded
#   RETINUE_HAVE_ARCHIVE       archive_headers; likewise, for models inside packages
#   RETINUE_HAVE_GLIB          PkgConfig::GLIB: SHA-256
# Files:
#   RETINUE_FONT_FILE          DejaVuSans.ttf, or empty

foreach(_part IN ITEMS OPENVINO ONNXRUNTIME GSTREAMER CURL ARCHIVE GLIB)
  set(RETINUE_WITH_${_part} AUTO CACHE STRING "Build with ${_part}: AUTO (if found), ON (or stop), OFF")
  set_property(CACHE RETINUE_WITH_${_part} PROPERTY STRINGS AUTO ON OFF)
  if(NOT RETINUE_WITH_${_part} MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "RETINUE_WITH_${_part} must be AUTO, ON or OFF, got '${RETINUE_WITH_${_part}}'")
  endif()
  set(RETINUE_HAVE_${_part} OFF)
endforeach()

set(_deps "${CMAKE_CURRENT_LIST_DIR}/../.deps")
get_filename_component(_deps "${_deps}" ABSOLUTE)
set(_retinue_found "")

# Remembers one line of the summary.
macro(_retinue_note name text)
  list(APPEND _retinue_found "${name}: ${text}")
endmacro()

# _retinue_require(PACKAGE TARGET DEBIAN): a CMake package that must be there.
macro(_retinue_require package target debian)
  find_package(${package} QUIET ${ARGN})
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${package} (${target}) not found. On Debian: apt-get install ${debian}; or run ./bootstrap deps")
  endif()
  _retinue_note(${package} "${${package}_VERSION}")
endmacro()

# _retinue_require_header(TARGET HEADER SUBFOLDER DEBIAN): a library of headers without a CMake package.
function(_retinue_require_header target header subfolder debian)
  if(TARGET ${target})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "RETINUE_${target}_INCLUDE" variable)
  find_path(${variable} "${header}" PATH_SUFFIXES ${subfolder})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "${header} not found. On Debian: apt-get install ${debian}; or run ./bootstrap deps")
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${${variable}}")
endfunction()

# _retinue_missing(PART WHAT): an optional part was not found.
macro(_retinue_missing part what)
  if(RETINUE_WITH_${part} STREQUAL "ON")
    message(FATAL_ERROR "RETINUE_WITH_${part}=ON, but ${what} was not found. "
      "./bootstrap deps gets it; or set CMAKE_PREFIX_PATH; or use RETINUE_WITH_${part}=AUTO")
  endif()
  _retinue_note(${part} "not found (${what}), built without it (./bootstrap deps gets it)")
endmacro()

# _retinue_opened_library(PART NAME HEADER): an optional library that is opened at run time, never linked.
macro(_retinue_opened_library part name header)
  if(NOT RETINUE_WITH_${part} STREQUAL "OFF")
    find_path(RETINUE_${part}_INCLUDE ${header})
    mark_as_advanced(RETINUE_${part}_INCLUDE)
    if(RETINUE_${part}_INCLUDE)
      set(RETINUE_HAVE_${part} ON)
      add_library(${name}_headers INTERFACE IMPORTED GLOBAL)
      target_include_directories(${name}_headers SYSTEM INTERFACE "${RETINUE_${part}_INCLUDE}")
      _retinue_note(lib${name} "${RETINUE_${part}_INCLUDE}/${header}, opened at run time")
    else()
      _retinue_missing(${part} "${header}")
    endif()
  endif()
endmacro()

# --- the engine ---------------------------------------------------------------
_retinue_require(hwy hwy::hwy libhwy-dev)
find_package(tl-expected QUIET)
_retinue_require_header(tl::expected tl/expected.hpp "" libexpected-dev)
_retinue_require(Eigen3 Eigen3::Eigen libeigen3-dev NO_MODULE)
_retinue_require(tomlplusplus tomlplusplus::tomlplusplus libtomlplusplus-dev)
_retinue_require(nlohmann_json nlohmann_json::nlohmann_json nlohmann-json3-dev)
# Headers only: whoever uses one defines STB_..._IMPLEMENTATION in one .cc file.
_retinue_require_header(stb::stb stb_truetype.h stb libstb-dev)

find_file(RETINUE_FONT_FILE DejaVuSans.ttf
  PATHS /usr/share/fonts/truetype/dejavu /usr/share/fonts/dejavu /usr/share/fonts/TTF
        /usr/share/fonts/dejavu-sans-fonts /Library/Fonts
  NO_DEFAULT_PATH)
mark_as_advanced(RETINUE_FONT_FILE)
if(RETINUE_FONT_FILE)
  _retinue_note(font "${RETINUE_FONT_FILE}")
else()
  set(RETINUE_FONT_FILE "")
  _retinue_note(font "DejaVuSans.ttf not found (Debian: fonts-dejavu-core)")
endif()

# --- tests and benchmarks -----------------------------------------------------
if(RETINUE_BUILD_TESTS)
  _retinue_require(GTest GTest::gmock_main "libgtest-dev libgmock-dev")
endif()
if(RETINUE_BUILD_BENCH)
  _retinue_require(benchmark benchmark::benchmark libbenchmark-dev)
endif()

if(NOT RETINUE_CORE_ONLY)
  # --- the command ------------------------------------------------------------
  _retinue_require(CLI11 CLI11::CLI11 libcli11-dev)
  _retinue_require(fmt fmt::fmt libfmt-dev)

  # --- OpenVINO ---------------------------------------------------------------
  if(NOT RETINUE_WITH_OPENVINO STREQUAL "OFF")
    find_package(OpenVINO QUIET COMPONENTS Runtime PATHS "${_deps}/openvino/cmake")
    if(TARGET openvino::runtime)
      set(RETINUE_HAVE_OPENVINO ON)
      _retinue_note(OpenVINO "${OpenVINO_VERSION} (${OpenVINO_DIR})")
    else()
      _retinue_missing(OPENVINO "OpenVINO's CMake package")
    endif()
  endif()

  # --- ONNX Runtime: headers to build, a shared library to open at run time -----
  if(NOT RETINUE_WITH_ONNXRUNTIME STREQUAL "OFF")
    find_path(RETINUE_ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
      PATH_SUFFIXES onnxruntime onnxruntime/core/session PATHS "${_deps}/onnxruntime/include")
    find_library(RETINUE_ONNXRUNTIME_LIBRARY NAMES libonnxruntime.so.1 onnxruntime PATHS "${_deps}/onnxruntime/lib")
    mark_as_advanced(RETINUE_ONNXRUNTIME_INCLUDE RETINUE_ONNXRUNTIME_LIBRARY)
    if(RETINUE_ONNXRUNTIME_INCLUDE)
      set(RETINUE_HAVE_ONNXRUNTIME ON)
      add_library(onnxruntime_headers INTERFACE IMPORTED GLOBAL)
      target_include_directories(onnxruntime_headers SYSTEM INTERFACE "${RETINUE_ONNXRUNTIME_INCLUDE}")
      if(NOT RETINUE_ONNXRUNTIME_LIBRARY)
        set(RETINUE_ONNXRUNTIME_LIBRARY "")
      endif()
      _retinue_note("ONNX Runtime" "${RETINUE_ONNXRUNTIME_INCLUDE}, at run time ${RETINUE_ONNXRUNTIME_LIBRARY}")
    else()
      _retinue_missing(ONNXRUNTIME "onnxruntime_c_api.h")
    endif()
  endif()

  # --- GStreamer --------------------------------------------------------------
  if(NOT RETINUE_WITH_GSTREAMER STREQUAL "OFF")
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(GSTREAMER QUIET IMPORTED_TARGET GLOBAL gstreamer-1.0>=1.20 gstreamer-base-1.0 gstreamer-app-1.0
        gstreamer-video-1.0 gstreamer-pbutils-1.0 libturbojpeg>=2.0.4)
      pkg_check_modules(GSTREAMER_RTSP_SERVER QUIET IMPORTED_TARGET GLOBAL gstreamer-rtsp-server-1.0)
    endif()
    if(TARGET PkgConfig::GSTREAMER)
      set(RETINUE_HAVE_GSTREAMER ON)
      _retinue_note(GStreamer "${GSTREAMER_gstreamer-1.0_VERSION}")
    else()
      _retinue_missing(GSTREAMER "the development packages of GStreamer and TurboJPEG (by pkg-config)")
    endif()
  endif()

  # --- downloads: headers to build, libraries to open when something is fetched --
  # Linked, they would cost every start of the program 6 ms.
  _retinue_opened_library(CURL curl curl/curl.h)
  _retinue_opened_library(ARCHIVE archive archive.h)

  # --- GLib: comes with GStreamer ----------------------------------------------
  if(NOT RETINUE_WITH_GLIB STREQUAL "OFF")
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(GLIB QUIET IMPORTED_TARGET GLOBAL glib-2.0>=2.16)
    endif()
    if(TARGET PkgConfig::GLIB)
      set(RETINUE_HAVE_GLIB ON)
      _retinue_note(GLib "${GLIB_VERSION}")
    else()
      _retinue_missing(GLIB "GLib's development package (by pkg-config)")
    endif()
  endif()
endif()

message(STATUS "Found for retinue:")
foreach(_line IN LISTS _retinue_found)
  message(STATUS "  ${_line}")
endforeach()
unset(_retinue_found)
unset(_deps)
