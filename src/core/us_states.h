#pragma once
// The postal codes and names of US states, the district, territories and military posts. Names in capitals, letters
// only.
#include <array>
#include <string_view>

namespace bindery {

struct UsState {
    std::string_view code;
    std::string_view name;
};

inline constexpr std::array<UsState, 63> kUsStates{{
    {"AL", "ALABAMA"},
    {"AK", "ALASKA"},
    {"AZ", "ARIZONA"},
    {"AR", "ARKANSAS"},
    {"CA", "CALIFORNIA"},
    {"CO", "COLORADO"},
    {"CT", "CONNECTICUT"},
    {"DE", "DELAWARE"},
    {"FL", "FLORIDA"},
    {"GA", "GEORGIA"},
    {"HI", "HAWAII"},
    {"ID", "IDAHO"},
    {"IL", "ILLINOIS"},
    {"IN", "INDIANA"},
    {"IA", "IOWA"},
    {"KS", "KANSAS"},
    {"KY", "KENTUCKY"},
    {"LA", "LOUISIANA"},
    {"ME", "MAINE"},
    {"MD", "MARYLAND"},
    {"MA", "MASSACHUSETTS"},
    {"MI", "MICHIGAN"},
    {"MN", "MINNESOTA"},
    {"MS", "MISSISSIPPI"},
    {"MO", "MISSOURI"},
    {"MT", "MONTANA"},
    {"NE", "NEBRASKA"},
    {"NV", "NEVADA"},
    {"NH", "NEWHAMPSHIRE"},
    {"NJ", "NEWJERSEY"},
    {"NM", "NEWMEXICO"},
    {"NY", "NEWYORK"},
    {"NC", "NORTHCAROLINA"},
    {"ND", "NORTHDAKOTA"},
    {"OH", "OHIO"},
    {"OK", "OKLAHOMA"},
    {"OR", "OREGON"},
    {"PA", "PENNSYLVANIA"},
    {"RI", "RHODEISLAND"},
    {"SC", "SOUTHCAROLINA"},
    {"SD", "SOUTHDAKOTA"},
    {"TN", "TENNESSEE"},
    {"TX", "TEXAS"},
    {"UT", "UTAH"},
    {"VT", "VERMONT"},
    {"VA", "VIRGINIA"},
    {"WA", "WASHINGTON"},
    {"WV", "WESTVIRGINIA"},
    {"WI", "WISCONSIN"},
    {"WY", "WYOMING"},
    {"DC", "DISTRICTOFCOLUMBIA"},
    {"DC", "WASHINGTONDC"},
    {"AS", "AMERICANSAMOA"},
    {"GU", "GUAM"},
    {"MP", "NORTHERNMARIANAISLANDS"},
    {"PR", "PUERTORICO"},
    {"VI", "VIRGINISLANDS"},
    {"VI", "USVIRGINISLANDS"},
    {"AA", "ARMEDFORCESAMERICAS"},
    {"AE", "ARMEDFORCESEUROPE"},
    {"AP", "ARMEDFORCESPACIFIC"},
    {"FM", "FEDERATEDSTATESOFMICRONESIA"},
    {"MH", "MARSHALLISLANDS"},
}};

}  // namespace bindery
