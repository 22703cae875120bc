#pragma once
// `with:` of a job: selects that its steps share. Pure text work; what SQL may do is checked in store/job_sql.h.
#include <string>
#include <utility>
#include <vector>

namespace bindery {

using SharedSelects = std::vector<std::pair<std::string, std::string>>;  // name, SELECT; each may read those before it

// `select` with the shared ones in front, all on its first line, so that a message's line numbers stay those of the file. Only
// those that it uses, itself or by way of another.
std::string with_shared(const SharedSelects& shared, const std::string& select);

// Does the name occur as a word of its own?
bool uses_name(const std::string& sql, const std::string& name);
bool uses_name_begun(const std::string& sql, const std::string& begin);  // a word that begins so

}  // namespace bindery
