#pragma once
// CSV files of the policies' book in a World: written with the time that the World's clock shows, imported as a person or a job does.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/export_csv.h"
#include "engine/import_run.h"
#include "support/world.h"

namespace bindery::test {

inline const std::string kPolicyHeader = "Policy #,Customer Name,Company,Policy Type,Full Term Premium,Policy Effective Date,Policy Expiration Date,E-mail,Notes\r\n";

inline std::string policy_line(int number, const std::string& premium = "1,200.00", const std::string& mail = "", const std::string& notes = "") {
    return "HO-" + std::to_string(77100 + number) + ",\"Zeb, Ann " + std::to_string(number) + "\",Acme Mutual,Home,\"" + premium + "\",2/14/2025,2/14/2026," + mail + "," + notes + "\r\n";
}

class CsvInbox {
  public:
    CsvInbox() { world.job("nothing", "job: nothing\nsteps:\n  - pull: bindpilot.policies\n"); }
    World world;

    std::filesystem::path write(const std::string& name, const std::string& text) {
        const auto file = world.folder() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        date(file);
        return file;
    }
    void date(const std::filesystem::path& file) const {
        std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(std::chrono::time_point_cast<std::chrono::nanoseconds>(world.clock.wall())));
    }
    ImportRun import_at(const std::filesystem::path& file, const std::function<void(ImportRequest&)>& change = {}) {
        ImportRun done;
        world.with_engine([&](const Engine& engine) {
            ImportRequest request;
            request.file = file;
            request.book = "book.policies";
            if (change) change(request);
            done = run_import(engine.config, engine.store, engine.log, request);
        });
        return done;
    }
    ImportRun import(const std::string& text, const std::function<void(ImportRequest&)>& change = {}) {
        world.clock.advance(std::chrono::minutes(1));
        return import_at(write("policies.csv", text), change);
    }
    std::string exported(const std::string& dataset, bool raw = false) {
        const auto to = world.folder() / "out.csv";
        world.with_engine([&](const Engine& engine) {
            ExportRequest request;
            request.dataset = dataset;
            request.to = to;
            request.raw = raw;
            export_csv(engine.config, engine.store, request);
        });
        return text_of(to);
    }
    static std::string text_of(const std::filesystem::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

inline std::string policy_lines(int count, const std::string& premium = "1,200.00") {
    std::string lines = kPolicyHeader;
    for (int i = 0; i < count; ++i) lines += policy_line(i, premium);
    return lines;
}

}  // namespace bindery::test
