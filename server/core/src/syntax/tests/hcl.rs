use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Hcl,
        r#"
# doc
resource "aws_instance" "web" {
  ami = var.ami
  tags = { Name = "x" }
  ebs_block_device { size = 1 }
}
variable "ami" { default = "x" }
locals { a = 1 }
terraform { required_version = "1" }
module "net" { source = "./net" 
 id = aws_instance.web.id
 y = lower("A") }
output "ip" { value = data.aws_x.y.z }
"#,
        &expect![[r#"
            target web 3-7
            variable ami 8-8
            section locals 9-9
            variable a 9-9 in locals
            target terraform 10-10
            target net 11-13
            variable ip 14-14
            refers to: ami web lower y
        "#]],
    );
}
