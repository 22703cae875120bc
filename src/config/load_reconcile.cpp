#include "config/load_reconcile.h"

#include "config/scalar.h"

namespace bindery {
namespace {

void read_target(const Reader& read, const char* operation, const char* effect, PushStep& push, std::set<std::string>& effects, Faults& faults) {
    if (!read.has(operation)) {
        if (read.has(effect)) faults.add(read.key_place(effect), std::string("`") + effect + "` needs `" + operation + "`");
        return;
    }
    const std::string text = read.text(operation);
    push.place = read.place(operation);
    push.service = text.substr(0, text.find('.'));
    push.operation = text.substr(text.find('.') + 1);
    push.effect = read.text(effect);
    push.when_in_doubt = read.text("when_in_doubt") == "retry" ? WhenInDoubt::retry : WhenInDoubt::hold;
    push.needs_complete = read.has("needs");
    if (push.effect.empty()) {
        faults.add(read.key_place(operation), std::string("`") + operation + "` needs `" + effect + "`, the name of its effects");
    } else if (!effects.insert(push.effect).second) {
        faults.add(read.place(effect), "the effect `" + push.effect + "` is there already; each push has its own");
    }
}

}  // namespace

ReconcileStep read_reconcile(const Reader& read, std::set<std::string>& effects, Faults& faults) {
    ReconcileStep step;
    step.place = read.place("reconcile");
    const Reader books = read.below("reconcile");
    step.ours = books.text("ours");
    step.theirs = books.text("theirs");
    for (const auto& item : read.items("match")) {
        const bool plain = item->kind == Tree::Kind::scalar;
        if (plain != (read.items("match").front()->kind == Tree::Kind::scalar)) faults.add(item->place, "`match` is one list of fields, or a list of such lists");
        if (plain) {
            if (step.match.empty()) step.match.emplace_back();
            step.match.front().push_back(item->text);
            continue;
        }
        std::vector<std::string>& list = step.match.emplace_back();
        for (const auto& part : item->items) list.push_back(part->text);
    }
    step.contradiction = read.texts("contradiction");
    step.max_age = read.duration("max_age", step.max_age);
    for (const Member& member : read.members("fields")) step.fields.emplace_back(member.name, owner_of(member.value->text).value_or(Owner::report));
    step.push_only_ours = read.text("only_ours") == "push";
    step.adopt_only_theirs = read.text("only_theirs") == "adopt";
    step.needs_complete = read.has("needs");
    read_target(read, "push", "effect", step.push, effects, faults);
    read_target(read, "create", "create_effect", step.create, effects, faults);
    if (read.has("create") && !step.push_only_ours) faults.add(read.key_place("create"), "`create` needs `only_ours: push`");
    if (step.push_only_ours && !read.has("push") && !read.has("create")) faults.add(read.key_place("only_ours"), "`only_ours: push` needs `push` or `create`");
    if (const Tree* path = read.find("path")) step.push.path = to_json(*path);
    if (const Tree* body = read.find("body")) step.push.body = to_json(*body);
    return step;
}

}  // namespace bindery
