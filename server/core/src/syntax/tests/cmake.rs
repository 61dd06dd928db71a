use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::CMake,
        r#"
# doc
#[[ block ]]
cmake_minimum_required(VERSION 3.10)
project(Shop LANGUAGES CXX)
set(SRCS a.cpp "b.cpp")
function(add_thing NAME)
  message(STATUS "${NAME}")
endfunction()
macro(mac X)
endmacro()
add_library(shop STATIC ${SRCS})
add_executable(app main.cpp)
target_link_libraries(app PRIVATE shop)
if(WIN32)
  add_custom_target(docs COMMAND x)
  add_thing(foo)
endif()
option(BUILD_TESTS "x" ON)
add_test(NAME unit COMMAND app)
"#,
        &expect![[r#"
            target Shop 5-5
            variable SRCS 6-6
            function add_thing 7-9
            macro mac 10-11
            target shop 12-12
            target app 13-13
            target docs 16-16
            variable BUILD_TESTS 19-19
            target unit 20-20
            refers to: cmake_minimum_required project set message add_library add_executable target_link_libraries app add_custom_target add_thing option add_test
        "#]],
    );
}
