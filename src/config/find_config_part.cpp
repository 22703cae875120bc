// What a name of a configuration stands for; an unknown one is told with the nearest, one that was left out with its fault.
#include <fstream>
#include <iterator>

#include "config/faults.h"
#include "config/load.h"
#include "config/shared_sql.h"
#include "core/error.h"
#include "core/text.h"

namespace bindery {
namespace {

template <typename Map>
const typename Map::mapped_type& named(const Map& map, const std::string& name, const std::string& what, const std::string& fault = {}) {
    const auto found = map.find(name);
    if (found != map.end()) return found->second;
    if (!fault.empty()) throw Error(ErrorCode::config, fault, "mend that; `bindery check` names every mistake in config and jobs", Reach::process);
    std::vector<std::string> known;
    for (const auto& [each, value] : map) known.push_back(each);
    std::string hint = did_you_mean(name, known);
    if (hint.empty()) hint = known.empty() ? "; there is none" : "; there are " + listed(known);
    throw Error(ErrorCode::config, "there is no " + what + " `" + name + "`" + hint);
}

}  // namespace

std::string Config::fault_of(const std::string& part) const {
    const auto found = left_out.find(part);
    return found == left_out.end() ? std::string() : found->second;
}

// Why a job can't go without what was left out: its SQL reads a view of it, by the text of its file. Such a view holds what was taken in
// before, and nobody can take in more: the list of who may not be contacted, say.
std::string Config::fault_of_what_it_reads(const std::filesystem::path& file) const {
    std::ifstream in(file);
    const std::string text = lower(std::string(std::istreambuf_iterator<char>(in), {}));
    for (const auto& [part, fault] : left_out) {
        const std::string kind = part.substr(0, part.find('.')), name = lower(part.substr(part.find('.') + 1));
        const bool reads = kind == "book" ? uses_name(text, "book_" + name) || uses_name(text, "book_" + name + "_all") : kind == "service" && uses_name_begun(text, name + "_");
        if (reads) return fault + ", and its SQL reads " + (kind == "book" ? "book_" + name : name + "_…");
    }
    return {};
}

void Config::refuse() const { throw_all_faults(faults); }

std::map<std::string, std::string> Config::jobs_left_out() const {
    std::map<std::string, std::string> found;
    for (const auto& [part, fault] : left_out) {
        if (part.starts_with("job.")) found.emplace(part.substr(4), fault);
    }
    return found;
}

std::vector<std::string> Config::records_left_out() const {
    std::vector<std::string> found;
    for (const auto& [part, fault] : left_out) {
        if (part.starts_with("book.") || part.starts_with("service.")) found.push_back(part);
    }
    return found;
}

const Service& Config::service(const std::string& name) const {
    return named(services, name, "service", fault_of("service." + name));
}

const Resource& Config::resource(const std::string& dataset) const {
    const std::size_t dot = dataset.find('.');
    if (dot == std::string::npos) {
        throw Error(ErrorCode::config, "`" + dataset + "` is no dataset; write service.resource");
    }
    return named(service(dataset.substr(0, dot)).resources, dataset.substr(dot + 1),
                 "resource of " + dataset.substr(0, dot));
}

const Mapping& Config::mapping(const std::string& dataset) const {
    if (dataset.starts_with("book.")) return named(books, dataset.substr(5), "book", fault_of(dataset)).mapping;
    return resource(dataset).mapping;
}

const Book& Config::book(const std::string& dataset) const {
    if (!dataset.starts_with("book."))
        throw Error(ErrorCode::config, "`" + dataset + "` is no book of the agency's; write book.NAME");
    return named(books, dataset.substr(5), "book", fault_of(dataset));
}

const Job& Config::job(const std::string& name) const {
    return named(jobs, name, "job", fault_of("job." + name));
}

}  // namespace bindery
