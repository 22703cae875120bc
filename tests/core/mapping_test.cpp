#include "core/mapping.h"

#include <catch2/catch.hpp>
#include <set>

#include "core/error.h"
#include "core/random.h"

using namespace bindery;

namespace {

Field field(const std::string& name, FieldType type, std::vector<std::string> pointers = {}, bool required = false) {
    Field result;
    result.name = name;
    result.type = type;
    result.pointers = std::move(pointers);
    result.required = required;
    return result;
}

Mapping policies() {
    Mapping mapping;
    mapping.dataset = "bindpilot.policies";
    mapping.key_pointers = {"/policy_id", "/id"};
    mapping.fields = {field("policy_number", FieldType::policy_number),
                      field("premium", FieldType::money, {"/premium", "/annual/premium"}),
                      field("expires", FieldType::date, {"/expiration_date"}, true),
                      field("email", FieldType::email, {"/client/email"}),
                      field("vin", FieldType::text, {"/vehicles/0/vin"})};
    mapping.ignore = {"updated_at"};
    return mapping;
}

MappedRecord mapped(const std::string& text, const Mapping& mapping = policies()) {
    return map_record(mapping, parse_exact(text));
}

const std::string kUsual =
    R"({"id":"p1","policy_number":"TX-1","premium":1234.50,"expiration_date":"2026-12-01","client":{"email":"A@b.c","age":40},)"
    R"("vehicles":[{"vin":"V"}],"updated_at":"x","other":[1]})";

std::string hash_of(const std::string& from, const std::string& to) {
    std::string text = kUsual;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return mapped(text.replace(at, from.size(), to)).hash;
}

}  // namespace

TEST_CASE("a record is mapped to its key, canonical values and hash") {
    const MappedRecord record = mapped(kUsual);
    CHECK(record.reject == "");
    CHECK(record.key == "p1");
    CHECK(record.values == std::vector<std::optional<std::string>>{"TX-1", "1234.50", "2026-12-01", "a@b.c", "V"});
    CHECK(record.faults.empty());
    CHECK(record.hash.size() == 32);
    CHECK(record.hash.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("the key is the first pointer's value that isn't blank, by its digits when a number") {
    const std::string rest = R"(,"expiration_date":"2026-12-01"})";
    CHECK(mapped(R"({"policy_id":null,"id":7)" + rest).key == "7");
    CHECK(mapped(R"({"policy_id":"  ","id":"x")" + rest).key == "x");
    CHECK(mapped(R"({"policy_id":"a","id":"b")" + rest).key == "a");
    CHECK(mapped(R"({"id":123456789012345678901234567890)" + rest).key == "123456789012345678901234567890");
    CHECK(mapped(R"({"id":1.50)" + rest).key == "1.50");
}

TEST_CASE("a record without object, key or required field is rejected, naming the field and not the value") {
    for (const char* text : {"[]", "null", "5", "\"x\""}) CHECK(mapped(text).reject == "the record isn't an object");
    for (const char* key : {"null", "\"\"", "\" \"", "[1]", "{\"a\":1}"}) {
        INFO(key);
        const MappedRecord record = mapped("{\"expiration_date\":\"2026-12-01\",\"id\":" + std::string(key) + "}");
        CHECK(record.key == "");
        CHECK_THAT(record.reject, Catch::Contains("no key"));
    }
    CHECK(mapped(R"({"id":1})").reject == "expires: is required and blank");
    CHECK(mapped(R"({"id":1,"expiration_date":" "})").reject == "expires: is required and blank");
    const MappedRecord unreadable = mapped(R"({"id":1,"expiration_date":"Garcia"})");
    CHECK(unreadable.key == "1");
    CHECK_THAT(unreadable.reject, Catch::StartsWith("expires: is required and isn't a date"));
    CHECK(unreadable.reject.find("Garcia") == std::string::npos);
}

TEST_CASE("an unreadable value of a field that isn't required is a fault and stored as blank") {
    const MappedRecord record = mapped(R"({"id":1,"expiration_date":"2026-12-01","premium":"lots"})");
    CHECK(record.reject == "");
    CHECK_FALSE(record.values[1]);
    REQUIRE(record.faults.size() == 1);
    CHECK(record.faults[0].field == 1);
    CHECK(record.faults[0].reason == "premium: isn't an amount of money");
}

TEST_CASE("the first alias that isn't blank gives the value") {
    CHECK(mapped(R"({"id":1,"expiration_date":"2026-12-01","premium":null,"annual":{"premium":5}})").values[1] ==
          "5.00");
    CHECK(mapped(R"({"id":1,"expiration_date":"2026-12-01","premium":4,"annual":{"premium":5}})").values[1] == "4.00");
}

TEST_CASE("the hash stands still when nothing of meaning changes") {
    const std::string usual = mapped(kUsual).hash;
    CHECK(hash_of("1234.50", "\"$1,234.5\"") == usual);
    CHECK(hash_of("1234.50", "1234.5") == usual);
    CHECK(hash_of("1234.50", "1.2345e3") == usual);
    CHECK(hash_of("2026-12-01", "12/1/2026") == usual);
    CHECK(hash_of("A@b.c", " a@B.C ") == usual);
    CHECK(hash_of("\"updated_at\":\"x\"", "\"updated_at\":\"y\"") == usual);
    CHECK(hash_of(",\"updated_at\":\"x\"", "") == usual);
    CHECK(hash_of("{\"id\":\"p1\",", "{ \"other\" : [ 1 ] , \"id\":\"p1\",") == usual);
}

TEST_CASE("the hash moves with each mapped value and each member that isn't mapped") {
    std::set<std::string> hashes{mapped(kUsual).hash};
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"1234.50", "1234.51"},
                                                          {"1234.50", "null"},
                                                          {"1234.50", "\"lots\""},
                                                          {"1234.50", "\"plenty\""},
                                                          {"TX-1", "TX1"},
                                                          {"[1]", "[2]"},
                                                          {"[1]", "[1.0]"},
                                                          {",\"other\":[1]", ""},
                                                          {"\"other\"", "\"another\""},
                                                          {"\"age\":40", "\"age\":41"},
                                                          {"{\"id\"", "{\"new\":null,\"id\""}}) {
        INFO(from << " to " << to);
        CHECK(hashes.insert(hash_of(from, to)).second);
    }
}

TEST_CASE("a value that moves to the next field changes the hash") {
    Mapping mapping;
    mapping.key_pointers = {"/id"};
    mapping.fields = {field("a", FieldType::text), field("b", FieldType::text)};
    std::set<std::string> hashes;
    for (const char* text :
         {R"({"id":1,"a":"xy","b":""})", R"({"id":1,"a":"","b":"xy"})", R"({"id":1,"a":"x","b":"y"})", R"({"id":1})"}) {
        CHECK(hashes.insert(mapped(text, mapping).hash).second);
    }
}

TEST_CASE("the signature changes with what changes stored columns, and with nothing else") {
    const std::string usual = policies().signature();
    CHECK(policies().signature() == usual);
    const auto changed = [&](auto change) {
        Mapping mapping = policies();
        change(mapping);
        return mapping.signature() != usual;
    };
    CHECK(changed([](Mapping& m) { m.key_pointers = {"/id"}; }));
    CHECK(changed([](Mapping& m) { m.fields[0].name = "number"; }));
    CHECK(changed([](Mapping& m) { m.fields[0].type = FieldType::text; }));
    CHECK(changed([](Mapping& m) { m.fields[0].match = true; }));
    CHECK(changed([](Mapping& m) { m.fields[0].required = true; }));
    CHECK(changed([](Mapping& m) { m.fields[1].pointers.pop_back(); }));
    CHECK(changed([](Mapping& m) { m.fields.pop_back(); }));
    CHECK(changed([](Mapping& m) { std::swap(m.fields[0], m.fields[1]); }));
    CHECK(changed([](Mapping& m) { m.ignore.clear(); }));
    CHECK_FALSE(changed([](Mapping& m) { m.window_field = "expires"; }));
}

TEST_CASE("the hash of a document is of its bytes") {
    CHECK(document_hash("{}") == document_hash("{}"));
    CHECK(document_hash("{}") != document_hash("{ }"));
    CHECK(document_hash("") == document_hash(std::string_view()));
}
