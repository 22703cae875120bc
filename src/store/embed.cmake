# Writes OUT: the migrations in FILES (migrations/NNNN_name.sql) as a table that the program carries. Bytes, not string
# literals, so that neither quotes nor length nor a stray delimiter in a file can matter. Declared in store/migrate.h.
#   cmake -DOUT=migrations.cpp "-DFILES=a.sql;b.sql" -P embed.cmake
if(NOT OUT)
  message(FATAL_ERROR "embed.cmake: -DOUT=FILE is missing")
endif()

set(by_name)
foreach(file IN LISTS FILES)
  get_filename_component(stem "${file}" NAME_WE)
  get_filename_component(extension "${file}" EXT)
  if(NOT stem MATCHES "^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$" OR NOT extension STREQUAL ".sql")
    message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql (four digits, lower case)")
  endif()
  list(APPEND by_name "${stem}|${file}")
endforeach()
list(SORT by_name)

set(arrays "")
set(rows "")
set(last "")
foreach(entry IN LISTS by_name)
  string(REGEX REPLACE "\\|.*$" "" stem "${entry}")
  string(REGEX REPLACE "^[^|]*\\|" "" file "${entry}")
  string(SUBSTRING "${stem}" 0 4 digits)
  if(digits STREQUAL last)
    message(FATAL_ERROR "two migrations have the number ${digits}; give the newer one the next free number")
  endif()
  set(last "${digits}")
  string(REGEX REPLACE "^0+([0-9])" "\\1" number "${digits}")
  file(READ "${file}" hex HEX)
  string(LENGTH "${hex}" size)
  math(EXPR size "${size} / 2")
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "const char sql_${digits}[] = {${bytes}0};\n")
  string(APPEND rows "    {${number}, \"${stem}\", sql_${digits}, ${size}},\n")
endforeach()

file(WRITE "${OUT}.new" "// Made from migrations/*.sql by src/store/embed.cmake; changes here are lost.
#include \"store/migrate.h\"

namespace bindery {
namespace {
${arrays}}  // namespace

// The last row ends the table.
const CompiledMigration kCompiledMigrations[] = {
${rows}    {0, nullptr, nullptr, 0},
};

}  // namespace bindery
")
file(RENAME "${OUT}.new" "${OUT}")
