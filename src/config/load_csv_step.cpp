#include "config/load_csv_step.h"

namespace bindery {

ImportStep read_import(const Reader& read) {
    ImportStep step;
    step.place = read.place("import");
    step.book = read.text("import");
    step.from = read.text("from");
    step.profile = read.text("profile");
    step.done = read.text("done");
    if (read.has("partial")) step.whole = !read.flag("partial", false);
    step.must_be_there = read.text("missing") == "error";
    return step;
}

ExportStep read_export(const Reader& read, const SharedSelects& shared, Faults& faults) {
    ExportStep step;
    step.place = read.key_place("export");
    const Tree& what = *read.find("export");
    if (what.kind == Tree::Kind::scalar) {
        step.dataset = what.text;
    } else {
        const Reader below(&what);
        if (below.has("sql") == below.has("corrections")) faults.add(step.place, "say what to export: a dataset, `sql: SELECT …` or `corrections: JOB`");
        step.sql = with_shared(shared, below.text("sql"));
        step.corrections = below.text("corrections");
    }
    step.to = read.text("to");
    step.bom = read.flag("bom", false);
    step.raw = read.flag("raw", false);
    return step;
}

}  // namespace bindery
