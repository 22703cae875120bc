#include "app/job_threads.h"

#include "engine/begin_run.h"
#include "engine/job_run.h"
#include "engine/tell_people.h"

namespace bindery {

JobThreads::~JobThreads() {
    for (auto& [job, thread] : threads_) thread.join();
}

void JobThreads::start(const std::string& job, std::shared_ptr<const Config> config, std::optional<HintedRun> hinted) {
    threads_.emplace(job, std::thread([this, job, config = std::move(config), hinted = std::move(hinted)] { run(job, config, hinted); }));
}

bool JobThreads::chore(const std::string& name, std::shared_ptr<const Config> config, std::function<void(Session&)> work) {
    if (threads_.contains(name)) return false;
    threads_.emplace(name, std::thread([this, name, config = std::move(config), work = std::move(work)] {
        EndedRun end;
        end.job = name;
        try {
            Session session(options_, stop_, config, log_);
            work(session);
        } catch (const Error& error) {
            end.error = error;
        } catch (const std::exception& error) {
            end.error = Error(ErrorCode::internal, std::string("unexpected: ") + error.what());
        }
        add(std::move(end));
    }));
    return true;
}

void JobThreads::add(EndedRun end) {
    {
        const std::lock_guard lock(mutex_);
        done_.push_back(std::move(end));
    }
    ended_();
}

void JobThreads::run(const std::string& job, std::shared_ptr<const Config> config, const std::optional<HintedRun>& hinted) {
    EndedRun end;
    end.job = job;
    end.hinted = hinted.has_value();
    try {
        Session session(options_, stop_, std::move(config), log_);
        Engine engine = session.engine();
        engine.call_class = hinted ? CallClass::webhook : CallClass::schedule;
        RunOptions options;
        if (hinted && hinted->reads) {
            options.kind = "webhook";
            options.hints = hinted->reads;
        }
        engine.progress = {};
        try {
            end.report = run_job(engine, session.config().job(job), options);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::running_elsewhere) ping(engine, session.config().job(job), failed_report(job, hinted ? "webhook" : "sync", error));
            throw;
        }
        ping(engine, session.config().job(job), *end.report);
    } catch (const Error& error) {
        end.error = error;
    } catch (const std::exception& error) {
        end.error = Error(ErrorCode::internal, std::string("unexpected: ") + error.what(), "please report this");
    }
    add(std::move(end));
}

std::vector<EndedRun> JobThreads::collect() {
    std::vector<EndedRun> done;
    {
        const std::lock_guard lock(mutex_);
        done.swap(done_);
    }
    for (const auto& end : done) {
        threads_.at(end.job).join();
        threads_.erase(end.job);
    }
    return done;
}

std::set<std::string> JobThreads::running() const {
    std::set<std::string> names;
    for (const auto& [job, thread] : threads_) {
        if (!is_chore(job)) names.insert(job);
    }
    return names;
}

}  // namespace bindery
