// What tools/gcc12-coroutine.query is to find, and what it is to leave alone: tools/lint holds the query to the lines
// that are marked. Nothing else compiles this file.
#include <tikv/task.h>

#include <array>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace tikv {

struct Names {
  std::string first;
  std::vector<std::string> more;
};
struct Pair {
  std::array<std::string, 2> both;
};
struct Numbers {
  int limit = 0;
  long bytes = 0;
};
struct WithConstructor {
  explicit WithConstructor(std::string text) : name(std::move(text)) {}
  std::string name;
};

Task<int> number();
Task<int> names(Names names, int more = 0);
Task<int> pair(Pair pair);
Task<int> numbers(Numbers numbers);
Task<int> text(std::string text);
Task<int> list(std::vector<std::string> list);
Task<int> with_constructor(WithConstructor value);
Task<int> call(std::move_only_function<int()> function);

Task<void> temporaries(std::string name, bool yes) {
  co_await names({name, {}});                                       // bad
  co_await names(Names{.first = name, .more = {}}, 3);              // bad
  co_await pair({name, name});                                      // bad
  co_await list(std::vector<std::string>{"a", "b"});                // bad
  co_await text(yes ? std::string("other") : name);                 // bad
  co_await (yes ? text("a") : number());                            // bad
  co_await call([name] { return static_cast<int>(name.size()); });  // bad
  co_await numbers({.limit = 1, .bytes = 2});
  co_await text("text");
  co_await with_constructor(WithConstructor(name));
  co_await call([yes] { return yes ? 1 : 0; });
  co_await call([&] { return static_cast<int>(name.size()); });
  auto awaits = [name]() -> Task<void> { co_await text(name); };
  co_await awaits();
  co_await call([&] {
    const auto inside = [name] { return 1; };
    return inside();
  });
  Names named{.first = name, .more = {}};
  co_await names(std::move(named));
}

Task<void> loops(int most) {
  while (co_await number() == 3) ++most;                            // bad
  for (int i = 0; i < most && co_await number() != 3; ++i) --most;  // bad
  do ++most;                                                        // bad
  while (3 < co_await number());
  while (co_await number()) ++most;
  for (int i = co_await number(); i < most; ++i) --most;
  if (co_await number() == 3) co_return;
}

}  // namespace tikv
