#pragma once

#include <string>
#include <vector>

#include "history/txn_history.h"

namespace tikv::testing {

/// What in a history of append lists breaks snapshot isolation, without a look at any timestamp: sentences for people;
/// none if it is in order. A value is a list of the names of those who appended, with a space between them; a
/// transaction that writes a key appends its own name to what it read there. One that reads every key after all others
/// makes the check complete.
///
/// After Elle: the lists give the order of writers; from it follow who wrote before whom (ww), who read from whom (wr)
/// and who did not see whom any more (rw). With the order of each process, and of what was over before what began, a
/// circle without two rw next to each other is one that snapshot isolation forbids. Lists that disagree, names that
/// come twice, and names of those who were said not to be committed are told as such.
std::vector<std::string> check_append_lists(const TxnHistory& history);

}  // namespace tikv::testing
