// tikv: the command line tool. docs/cli.md has its manual.

#include <clocale>
#include <iostream>
#include <string>
#include <vector>

#include "app.h"
#include "interrupt.h"
#include "session.h"

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");  // for editing lines in UTF-8
  std::ios::sync_with_stdio(false);
  tikv::cli::Interrupt interrupt;
  tikv::cli::Session session(std::cin, std::cout, std::cerr, &interrupt);
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(tikv::cli::run_line(session, words, tikv::cli::LineOf::kProgram));
}
