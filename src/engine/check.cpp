#include "engine/check.h"

#include <algorithm>
#include <set>

#include "core/template.h"
#include "core/exact_json.h"
#include "engine/check_vars.h"
#include "engine/decide.h"
#include "engine/list_vars.h"
#include "engine/path_vars.h"
#include "services/sale_tidy.h"
#include "store/ledger.h"

namespace bindery {
namespace {

void check_lists(const Job& job, const std::string& select, const Place& place, std::vector<std::string>& faults) {
    for (const auto& line : texts_for_lists(job, select)) faults.push_back(place.text() + ": " + line);
}

void check_passed_over(const PassedOver& passed, JobSql& sql, std::vector<std::string>& faults, bool run) {
    const std::string where = passed.place.text() + ": ";
    try {
        const auto columns = sql.columns(passed.select);
        for (const char* need : {"key", "reason"}) {
            if (std::find(columns.begin(), columns.end(), need) == columns.end()) faults.push_back(where + "`passed_over` selects key, reason and, if it likes, detail and name; `" + need + "` isn't there");
        }
        if (run) sql.for_each(passed.select, [](const Values&) {});
    } catch (const Error& error) {
        faults.push_back(where + error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")"));
    }
}

void check_push(const Job& job, const PushStep& step, JobSql& sql, std::vector<std::string>& faults, bool run) {
    std::set<std::string> columns;
    try {
        for (auto& column : sql.columns(step.select)) {
            if (!columns.insert(column).second) faults.push_back(step.select_place.text() + ": the select gives the column '" + column + "' twice");
        }
    } catch (const Error& error) {
        faults.push_back(step.select_place.text() + ": " + error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")"));
        return;
    }
    if (run) {
        try {
            sql.for_each(step.select, [](const Values&) {});
        } catch (const Error& error) {
            faults.push_back(step.select_place.text() + ": " + error.what() + " (is a var of another form than the select reads, such as a text where it wants a list?)");
        }
    }
    for (const auto& passed : step.passed_over) check_passed_over(passed, sql, faults, run);
    const std::string where = step.place.text() + ": ";
    const auto need_column = [&](const std::string& name, const std::string& what) {
        if (columns.count(name) != 0) return;
        const std::string close = nearest(name, {columns.begin(), columns.end()});
        faults.push_back(where + what + " names the column '" + name + "', which the select doesn't give" + (close.empty() ? "" : "; did you mean '" + close + "'?"));
    };
    for (const auto& [name, type] : step.once_per) need_column(name, "once_per");
    for (const auto& name : step.in_order_by) need_column(name, "in_order_by");
    for (const auto& name : step.count_by) need_column(name, "count_by");
    std::set<std::string> known = columns;
    for (const auto& [name, value] : job_values(job, "", "")) known.insert(name);
    known.insert("ref");
    const auto check_template = [&](const json& tree, const std::string& what) {
        try {
            for (const auto& name : template_names(tree)) {
                if (known.count(name) != 0) continue;
                const std::string close = nearest(name, {known.begin(), known.end()});
                faults.push_back(where + what + " uses {" + name + "}, which is neither a column of the select nor a var" +
                                 (close.empty() ? "" : "; did you mean {" + close + "}?"));
            }
        } catch (const Error& error) {
            faults.push_back(where + what + ": " + error.what());
        }
    };
    check_template(step.body, "body");
    check_template(step.path, "path");
    for (auto& line : blank_path_vars(job, step, columns)) faults.push_back(std::move(line));
}

// The lead as written, with something in each place: blanks are never strangers.
json filled(const json& written) {
    if (!written.is_structured()) return "x";
    json copy = written;
    for (auto& part : copy) part = filled(part);
    return copy;
}

// What a CRM's records hold and the buyer doesn't know is left out; what the file itself says is a slip of the pen.
void check_lead_names(const SellStep& step, std::vector<std::string>& faults) {
    const SaleMedia media = step.call ? SaleMedia::call : SaleMedia::lead;
    for (const std::string& path : tidy_lead(media, filled(step.post.body)).dropped) {
        const auto place = step.lead_places.find(path);
        const std::string name = path.substr(path.rfind('.') + 1);  // npos + 1: the whole
        const std::size_t list = path.find('[');
        const SaleField* of = list == std::string::npos ? nullptr : sale_field(sale_fields(), path.substr(0, list));
        std::vector<std::string> known;
        for (const SaleField& field : of == nullptr ? sale_fields() : of->members) {
            if (field.in(media)) known.emplace_back(field.name);
        }
        const std::string close = nearest(name, known);
        faults.push_back((place == step.lead_places.end() ? step.place : place->second).text() + ": `lead` of a sold " + sale_media_name(media) + " has no field `" + path + "`, so it would be left out" +
                         (close.empty() ? "; docs/autobind_fields.md names them" : "; did you mean `" + close + "`?"));
    }
}

// A select that says nothing of who is a client sells nobody: better said here than by an empty run.
void check_sell(const Job& job, const SellStep& step, JobSql& sql, std::vector<std::string>& faults, bool run) {
    check_lead_names(step, faults);
    const std::size_t before = faults.size();
    check_lists(job, step.post.select, step.post.select_place, faults);
    if (faults.size() == before) check_push(job, step.post, sql, faults, run);
    if (faults.size() != before) return;
    const auto columns = sql.columns(step.post.select);
    for (const auto& [column, meaning] : {std::pair("is_client", "1 for who is a client already, else 0"), std::pair("do_not_contact", "1 for who is on the list, else 0"),
                                          std::pair("consent_at", "the time at which consent was given")}) {
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
            faults.push_back(step.post.select_place.text() + ": the select of a sell step must give `" + column + "`: " + meaning);
        }
    }
}

// "; it goes after new_client", or nothing.
std::string waits_for(const PushStep& step) {
    std::string text;
    for (const auto& effect : step.after) text += (text.empty() ? "; it goes after " : ", ") + effect;
    return text;
}

const char* type_guess(const std::string& member, const json& value) {
    if (value.is_boolean()) return "bool";
    if (value.is_object() || value.is_array()) return "json";
    const auto has = [&](const char* word) { return member.find(word) != std::string::npos; };
    if (has("email") || has("Email")) return "email";
    if (has("phone") || has("Phone")) return "phone";
    if (has("premium") || has("amount") || has("total") || has("price")) return "money";
    if (value.is_number_integer()) return "integer";
    const std::string text = scalar_text(value).value_or("");
    if (canonicalize(FieldType::date, value).state == Canonical::State::value && text.size() == 10) return "date";
    if (canonicalize(FieldType::datetime, value).state == Canonical::State::value) return "datetime";
    return "text";
}

std::string snake(const std::string& member) {
    std::string out;
    for (const char c : member) {
        if (c >= 'A' && c <= 'Z') {
            if (!out.empty()) out += '_';
            out += static_cast<char>(c - 'A' + 'a');
        } else {
            out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
        }
    }
    return out;
}

std::string suggestion(const std::string& member, const json& value) {
    const std::string name = snake(member);
    std::string line = name + ": {type: " + type_guess(member, value);
    if (name != member) line += ", from: " + member;
    return line + "}";
}

[[noreturn]] void throw_faults(const std::vector<std::string>& faults) {
    std::string text;
    for (const auto& fault : faults) text += (text.empty() ? "" : "\n") + fault;
    throw Error(ErrorCode::config, text, "mend the job file, then `bindery check`");
}

}  // namespace

void check_job_sql(const Job& job, const std::filesystem::path& store, bool run) {
    std::vector<std::string> faults;
    JobSql sql(store, job_values(job, "2026-01-01T00:00:00.000Z", "2026-01-01"));
    for (const auto& [place, select] : job.shared) {
        check_lists(job, select, place, faults);
        try {
            sql.columns(select);
        } catch (const Error& error) {
            faults.push_back(place.text() + ": " + error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")"));
        }
    }
    if (run && faults.empty()) faults = faults_of_vars(job, store, "2026-01-01T00:00:00.000Z", "2026-01-01");
    if (!faults.empty()) throw_faults(faults);
    for (const auto& step : job.steps) {
        if (const auto* push = std::get_if<PushStep>(&step)) {
            const std::size_t before = faults.size();
            check_lists(job, push->select, push->select_place, faults);
            for (const auto& passed : push->passed_over) check_lists(job, passed.select, passed.place, faults);
            if (faults.size() == before) check_push(job, *push, sql, faults, run);
        }
        if (const auto* sell = std::get_if<SellStep>(&step)) check_sell(job, *sell, sql, faults, run);
        if (const auto* pull = std::get_if<PullStep>(&step); pull != nullptr && !pull->for_select.empty()) {
            try {
                sql.columns(pull->for_select);
            } catch (const Error& error) {
                faults.push_back(pull->place.text() + ": " + error.what());
            }
        }
        if (const auto* out = std::get_if<ExportStep>(&step); out != nullptr && !out->sql.empty()) {
            try {
                sql.columns(out->sql);
            } catch (const Error& error) {
                faults.push_back(out->place.text() + ": " + error.what());
            }
        }
    }
    if (!faults.empty()) throw_faults(faults);
}

std::vector<std::string> delivery_promises(const Config& config, const Job& job) {
    std::vector<std::string> lines;
    std::vector<const PushStep*> pushes;
    for (const auto& step : job.steps) {
        if (const auto* push = std::get_if<PushStep>(&step)) pushes.push_back(push);
        if (const auto* books = std::get_if<ReconcileStep>(&step)) {
            for (const PushStep* push : {&books->push, &books->create}) {
                if (!push->operation.empty()) pushes.push_back(push);
            }
        }
    }
    for (const auto& step : job.steps) {
        const auto* sell = std::get_if<SellStep>(&step);
        if (sell == nullptr) continue;
        lines.push_back(sell->post.effect + " (" + sell->post.service + ", mode " + (sell->live ? "live" : "test: nothing is sold") +
                        "): after a lost reply the same bid is posted again and its status asked for; never a second bid until it's known");
    }
    for (const PushStep* push : pushes) {
        const Operation& operation = config.service(push->service).operations.at(push->operation);
        const std::string name = push->effect + " (" + push->service + "." + push->operation + "): ";
        const std::string after = waits_for(*push);
        if (operation.repeatable) {
            lines.push_back(name + "after a lost reply it's sent again, which the service takes without harm" + after);
        } else if (operation.find) {
            lines.push_back(name + "after a lost reply it's looked up in " + operation.find->resource + " and sent again only if it isn't there" + after);
        } else if (push->when_in_doubt == WhenInDoubt::retry) {
            lines.push_back(name + "after a lost reply it's sent once more in the next run: it may be there twice, never silently missing" + after);
        } else {
            lines.push_back(name + "after a lost reply a person decides (bindery settle): it may be missing until then, never there twice" + after);
        }
    }
    return lines;
}

std::optional<std::string> sample_addresses(const Job& job) {
    if (job.vars.dump(-1, ' ', false, json::error_handler_t::replace).find(".example\"") == std::string::npos) return std::nullopt;
    return "the job's vars still hold addresses that end in .example: tasks would go to nobody";
}

std::vector<std::string> vanished_effects(const Config& config, Store& store) {
    std::set<std::string> known;
    for (const auto& [name, job] : config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* push = std::get_if<PushStep>(&step)) known.insert(push->effect);
            if (const auto* sell = std::get_if<SellStep>(&step)) known.insert(sell->post.effect);
            if (const auto* books = std::get_if<ReconcileStep>(&step)) known.insert({books->push.effect, books->create.effect});
        }
    }
    std::vector<std::string> lines;
    for (const auto& [effect, job] : Ledger(store).names()) {
        if (known.count(effect) != 0) continue;
        lines.push_back("effect " + effect + " of job " + job + " has rows in the ledger, but no job has it any more: if it was renamed, name it " + effect +
                        " again, or all of it is sent once more under the new name");
    }
    return lines;
}

FieldCheck hold_against_mapping(const Mapping& mapping, const std::vector<std::string_view>& documents) {
    FieldCheck check;
    check.dataset = mapping.dataset;
    check.records = documents.size();
    std::vector<int> seen(mapping.fields.size(), 0), bad(mapping.fields.size(), 0);
    std::map<std::string, json> members;
    std::set<std::string> mapped(mapping.ignore.begin(), mapping.ignore.end());
    const auto first_member = [](const std::string& pointer) { return pointer.substr(1, pointer.find('/', 1) - 1); };
    for (const auto& pointer : mapping.key_pointers) mapped.insert(first_member(pointer));
    for (const auto& field : mapping.fields) {
        for (const auto& pointer : field.pointers) mapped.insert(first_member(pointer));
    }
    for (const auto text : documents) {
        json document;
        try {
            document = parse_exact(text);
        } catch (const Error&) {
            continue;
        }
        if (!document.is_object()) continue;
        for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
            for (const auto& pointer : mapping.fields[i].pointers) {
                const json* value = find_pointer(document, pointer);
                if (value == nullptr) continue;
                ++seen[i];
                bad[i] += canonicalize(mapping.fields[i].type, *value).state == Canonical::State::bad ? 1 : 0;
                break;
            }
        }
        for (const auto& [member, value] : document.items()) {
            if (mapped.count(member) == 0 && (members.count(member) == 0 || members[member].is_null())) members[member] = value;
        }
    }
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        (seen[i] > 0 ? check.found : check.missing).push_back(mapping.fields[i].name);
        if (bad[i] > 0) check.unreadable.push_back(mapping.fields[i].name + " as " + field_type_name(mapping.fields[i].type) + " (" + std::to_string(bad[i]) + " records)");
    }
    for (const auto& [member, value] : members) check.extra.push_back({member, suggestion(member, value)});
    return check;
}

}  // namespace bindery
