# `cmake --install`: headers, one static library a folder, the command, known
# models, and what finds them: find_package(retinue) and pkg-config.
#
# Shared libraries that came from .deps/ (OpenVINO, ONNX Runtime) go along into
# lib/retinue with their licences, so an installation runs without the source
# tree and may be moved. Libraries of the system stay the system's.
include(CMakePackageConfigHelpers)

get_property(modules GLOBAL PROPERTY RETINUE_MODULES)
set(private_libraries "${CMAKE_INSTALL_LIBDIR}/retinue")
set(documents "${CMAKE_INSTALL_DATADIR}/doc/retinue")

# One name for everything that this build has.
add_library(retinue_everything INTERFACE)
add_library(retinue::retinue ALIAS retinue_everything)
set_target_properties(retinue_everything PROPERTIES EXPORT_NAME retinue)
target_link_libraries(retinue_everything INTERFACE ${modules})

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/retinue"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(TARGETS ${modules} retinue_everything EXPORT retinueTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT retinueTargets NAMESPACE retinue::
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/retinue")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${documents}")

# --- what the static libraries need from others at link time. An archive does not
# remember it, and RetinueModule.cmake keeps third parties out of the export.
set(parts "")
set(hwy_parts "")
set(pc_modules "")
foreach(module IN LISTS modules)
  get_target_property(type ${module} TYPE)
  get_target_property(part ${module} EXPORT_NAME)
  list(APPEND parts ${part})
  if(type STREQUAL "STATIC_LIBRARY")
    get_target_property(needs ${module} LINK_LIBRARIES)
    if(needs MATCHES "hwy::hwy")
      list(APPEND hwy_parts ${part})
    endif()
    # The users of an archive before it, for linkers that read from left to right.
    string(PREPEND pc_modules "-l${module} ")
  endif()
endforeach()
list(JOIN parts ", " parts)
set(pc_link "-lhwy")
set(pc_requires "")
set(command_rpath "\$ORIGIN/../${private_libraries}")

set(openvino_file "")  # of the private copy, if there is one
if(TARGET retinue_openvino)
  get_target_property(openvino_location openvino::runtime LOCATION)
  get_filename_component(openvino_folder "${openvino_location}" DIRECTORY)
  cmake_path(IS_PREFIX PROJECT_SOURCE_DIR "${openvino_location}" NORMALIZE is_private)
  if(is_private)
    get_filename_component(openvino_file "${openvino_location}" NAME)
    install(DIRECTORY "${openvino_folder}/" DESTINATION "${private_libraries}"
      FILES_MATCHING PATTERN "*.so*")
    install(DIRECTORY "${openvino_folder}/../licenses/" DESTINATION "${documents}/openvino"
      OPTIONAL)
    string(APPEND pc_link " -L\${libdir}/retinue -l:${openvino_file}"
      " -Wl,-rpath,\${libdir}/retinue")
  else()
    list(APPEND command_rpath "${openvino_folder}")
    string(APPEND pc_requires " openvino")
  endif()
endif()
if(TARGET retinue_onnxruntime AND RETINUE_ONNXRUNTIME_LIBRARY)
  cmake_path(IS_PREFIX PROJECT_SOURCE_DIR "${RETINUE_ONNXRUNTIME_LIBRARY}" NORMALIZE is_private)
  if(is_private)
    file(REAL_PATH "${RETINUE_ONNXRUNTIME_LIBRARY}" onnx_file)
    install(FILES "${onnx_file}" DESTINATION "${private_libraries}" RENAME libonnxruntime.so.1)
    get_filename_component(onnx_folder "${onnx_file}" DIRECTORY)
    install(FILES "${onnx_folder}/../LICENSE" "${onnx_folder}/../ThirdPartyNotices.txt"
      DESTINATION "${documents}/onnxruntime" OPTIONAL)
  endif()
endif()
set(gstreamer_modules "")
if(TARGET retinue_gstreamer)
  set(gstreamer_modules
    "gstreamer-1.0 gstreamer-base-1.0 gstreamer-app-1.0 gstreamer-video-1.0 gstreamer-pbutils-1.0 libturbojpeg")
  string(APPEND pc_requires " ${gstreamer_modules}")
endif()

configure_package_config_file(cmake/retinueConfig.cmake.in retinueConfig.cmake
  INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/retinue"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(retinueConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/retinueConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/retinueConfigVersion.cmake"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/retinue")

# Relative to the file itself, so that an installation may be moved.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(cmake/retinue.pc.in retinue.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/retinue.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# --- the command and what it finds beside itself
if(TARGET retinue)
  set_target_properties(retinue PROPERTIES INSTALL_RPATH "${command_rpath}")
  install(TARGETS retinue RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  file(GLOB model_files LIST_DIRECTORIES false CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/models/*.toml" "${PROJECT_SOURCE_DIR}/.deps/models/*")
  install(FILES ${model_files} DESTINATION "${CMAKE_INSTALL_DATADIR}/retinue/models")
endif()
