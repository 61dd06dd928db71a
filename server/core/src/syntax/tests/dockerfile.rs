use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Dockerfile,
        r#"
# doc
ARG VERSION=1
FROM rust:1.90 AS build
WORKDIR /app
COPY . .
RUN cargo build --release \
  && echo "x"
FROM debian:slim
ENV A=b
COPY --from=build /app/x /bin/x
ENTRYPOINT ["/bin/x"]
FROM build as test
RUN x
"#,
        &expect![[r#"
            variable VERSION 3-3
            target build 4-8
            target debian 9-12
            variable A 10-10 in debian
            target test 13-14
            refers to: rust build
        "#]],
    );
}
