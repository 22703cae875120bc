#pragma once
// What people have been told of (table trouble). Texts hold no personal data.
#include "core/trouble.h"
#include "store/store.h"

namespace bindery {

class Told {
  public:
    explicit Told(Store& store) : store_(store) {}
    Troubles read();
    void write(const Troubles& known);  // all of them, in one transaction
    void need_room();                   // Error(store) when the store can't be written, or has no room for what is to be noted

  private:
    Store& store_;
};

}  // namespace bindery
