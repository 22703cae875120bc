#pragma once
// The frame that all pages share, and the pieces that they are put together from. Pure.
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "web/html.h"

namespace bindery::web {

struct Frame {
    std::string title;
    std::string here;        // path of the menu's entry that this page belongs to
    std::string form_token;  // empty: nobody is logged in, no menu
    std::string notice;      // what came of the last button, above all else
    Html foot;               // below all else; may be empty
};
std::string document(const Frame& frame, const Html& content);

// A table with a caption that a screen reader tells first, headed columns, and its first cell as the row's head. On a narrow screen
// each row becomes a card whose lines are named by their columns; empty cells are left out there.
Html data_table(const std::string& caption, const std::vector<std::string>& columns, const std::vector<std::vector<Html>>& rows);
// Term and value; those with an empty value are left out.
Html facts(const std::vector<std::pair<std::string, Html>>& pairs);
Html time_tag(const std::string& rfc3339_text, const std::string& zone);  // local time; empty text gives a dash
Html time_tag(WallTime time, const std::string& zone);
Html outcome_badge(const std::string& outcome);
// A sentence for people: what stands in `backticks` is a command.
Html sentence(std::string_view text);
// A form of one button that posts these fields to a path of ours.
Html button_form(const std::string& path, const std::string& form_token, const std::vector<std::pair<std::string, std::string>>& fields, const std::string& label,
                 const std::string& about = {});

extern const char* const kStyle;  // /style.css

}  // namespace bindery::web
