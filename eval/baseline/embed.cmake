# Writes TEXT files into a C++ source as string views.
# cmake -DOUTPUT=FILE.cpp -DHEADER=include/path.hpp -DNAMESPACE=... -DITEMS=kName=path;... -P embed.cmake
set(source "// Generated from the files named below.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
foreach(item ${ITEMS})
  string(REGEX MATCH "^([^=]+)=(.*)$" unused "${item}")
  set(name ${CMAKE_MATCH_1})
  set(path ${CMAKE_MATCH_2})
  # As bytes: a string literal may have at most 65536 of them, and text would need escapes.
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  get_filename_component(file ${path} NAME)
  string(APPEND source "// ${file}\nconstexpr unsigned char ${name}Bytes[] = {${bytes}};\n"
    "const std::string_view ${name}(reinterpret_cast<const char*>(${name}Bytes), sizeof(${name}Bytes));\n\n")
endforeach()
string(APPEND source "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${source}")
