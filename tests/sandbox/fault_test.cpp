#include "sandbox/fault.h"
#include "sandbox/fault_effect.h"
#include "sandbox/paging.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace bindery::sandbox;

namespace {

Request request(const std::string& method, const std::string& path, const std::string& body = "") {
  Request made;
  made.method = method;
  made.path = path;
  made.target = path;
  made.body = body;
  return made;
}

const Request kTask = request("POST", "/v1/projects/prj_renewals/tasks");
const Request kLeads = request("GET", "/v1/crm/leads");

}  // namespace

TEST_CASE("a fault is written as pairs or as JSON", "[sandbox]") {
  const Fault pairs = parse_fault("service=bi369,method=POST,path_prefix=/v1/projects,kind=drop_after,times=3,after=2");
  const Fault object = parse_fault(
      R"({"service":"bi369","method":"POST","path_prefix":"/v1/projects","kind":"drop_after","times":3,"after":2})");
  CHECK(to_json(pairs) == to_json(object));
  CHECK(pairs.times == 3);
  CHECK(parse_fault("kind=retry_after,retry_after=7").retry_after == "7");
}

TEST_CASE("a fault that makes no sense is refused with a reason", "[sandbox]") {
  for (const char* wrong : {"", "kind", "kind=nonsense", "kind=status,status=42", "kind=latency", "kind=gzip,times=x",
                            "kind=gzip,service=other", "kind=gzip,colour=red", "{", "kind=gzip,probability=1.5"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_fault(wrong), std::invalid_argument);
  }
}

TEST_CASE("a fault falls on the requests it describes, after some and a number of times", "[sandbox]") {
  FaultSet faults({parse_fault("service=bi369,method=POST,path_prefix=/v1/projects,kind=drop_after,after=1,times=2")}, 1);
  CHECK_FALSE(faults.select("bindpilot", kTask));
  CHECK_FALSE(faults.select("bi369", kLeads));
  CHECK_FALSE(faults.select("bi369", kTask));
  CHECK(faults.select("bi369", kTask));
  CHECK(faults.select("bi369", kTask));
  CHECK_FALSE(faults.select("bi369", kTask));
}

TEST_CASE("the first fault that strikes wins and times 0 has no end", "[sandbox]") {
  FaultSet faults({parse_fault("kind=empty_body"), parse_fault("kind=gzip,times=0")}, 1);
  CHECK(faults.select("bi369", kLeads)->kind == "empty_body");
  for (int i = 0; i < 20; ++i) {
    CHECK(faults.select("bi369", kLeads)->kind == "gzip");
  }
  faults.clear();
  CHECK_FALSE(faults.select("bi369", kLeads));
}

TEST_CASE("faults of lists fall on GET alone and a body can be asked for", "[sandbox]") {
  FaultSet faults({parse_fault("kind=wrong_total"), parse_fault("kind=status,status=503,body_contains=TX-77")}, 1);
  CHECK_FALSE(faults.select("bi369", kTask));
  CHECK(faults.select("bi369", request("POST", "/v1/projects", "{\"title\":\"TX-77\"}"))->status == 503);
  CHECK(faults.select("bi369", kLeads)->kind == "wrong_total");
}

TEST_CASE("a chance is the same chance for the same seed", "[sandbox]") {
  const auto run = [](std::uint64_t seed) {
    FaultSet faults({parse_fault("kind=gzip,probability=0.3,times=0")}, seed);
    std::string struck;
    for (int i = 0; i < 200; ++i) {
      struck += faults.select("bi369", kLeads) ? '1' : '0';
    }
    return struck;
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
  const std::string struck = run(5);
  const auto hits = std::count(struck.begin(), struck.end(), '1');
  CHECK(hits > 30);
  CHECK(hits < 90);
}

TEST_CASE("a list is cut into pages, and deformed when a fault says so", "[sandbox]") {
  Table table;
  for (int i = 0; i < 7; ++i) {
    table.put(std::to_string(i), std::to_string(i));
  }
  ListShape shape;
  CHECK(cut_page(table, {1, 3}, shape).rows == "[0,1,2]");
  CHECK(cut_page(table, {3, 3}, shape).rows == "[6]");
  CHECK(cut_page(table, {4, 3}, shape).rows == "[]");
  CHECK(cut_page(table, {1844674407370955161U, 100}, shape).rows == "[]");
  CHECK(cut_page(table, {1, 3}, shape_of(parse_fault("kind=wrong_total"))).total == 14);
  const ListPage half = cut_page(table, {1, 100}, shape_of(parse_fault("kind=half_list")));
  CHECK(half.rows == "[0,1,2]");
  CHECK(half.total == 7);
  const ListPage empty = cut_page(table, {1, 3}, shape_of(parse_fault("kind=empty_list")));
  CHECK(empty.rows == "[]");
  CHECK(empty.total == 0);
  CHECK(cut_page(table, {1, 2}, shape_of(parse_fault("kind=duplicate_row"))).rows == "[0,1,0]");
  Fault shifting = parse_fault("kind=shifting");
  shifting.strike = 1;
  CHECK(cut_page(table, {3, 3}, shape_of(shifting)).rows == "[1]");
}

TEST_CASE("page parameters must be whole numbers from 1, and a page has a largest size", "[sandbox]") {
  CHECK(page_of("", "", 100)->size == 20);
  CHECK(page_of("2", "500", 100)->size == 100);
  CHECK(page_of("2", "500", 100)->number == 2);
  for (const char* wrong : {"0", "-1", "x", "1x", "99999999999999999999999"}) {
    CHECK_FALSE(page_of(wrong, "10", 100));
  }
}
