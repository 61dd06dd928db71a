//! The table of tokens whose shape is known, as their makers document them. The surer a rule is, the earlier it stands.

/// A private key.
pub(super) const PRIVATE_KEY: &str = "private key";
/// Something random that is assigned to a telling name.
pub(super) const ASSIGNED: &str = "assigned secret";
/// A password that is assigned or part of an address.
pub(super) const PASSWORD: &str = "password";

/// How a token is recognised.
#[derive(Debug)]
pub(super) struct Rule {
    /// What it is.
    pub(super) kind: &'static str,
    /// Lines without one of these words, in whatever case, are not looked at.
    pub(super) words: &'static [&'static str],
    /// Its shape over bytes; the first group is the secret, if there is one.
    pub(super) pattern: &'static str,
    /// With fewer bits a byte it only shows the shape.
    pub(super) entropy: f32,
    /// What else says whether it is a secret.
    pub(super) check: Check,
}

/// What is asked of a secret besides its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: nothing else has that shape.
    None,
    /// People choose passwords, and in examples they choose such as say that they are one.
    Chosen,
    /// A user and a chosen password in base 64.
    Login,
}

const fn rule(kind: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { kind, words, pattern, entropy: 2.5, check: Check::None }
}

/// All names that can stand in the place of a secret.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    [PRIVATE_KEY, ASSIGNED, PASSWORD].into_iter().chain(RULES.iter().map(|rule| rule.kind))
}

/// The table.
pub(super) const RULES: [Rule; 83] = [
    // Clouds.
    rule("aws access key", &["AKIA", "ASIA", "ABIA", "ACCA"], r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    rule(
        "aws secret key",
        &["aws"],
        r"(?i)aws.{0,24}(?:secret|key).{0,24}?[^A-Za-z0-9/+]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
    ),
    rule("google api key", &["AIza"], r"\bAIza[0-9A-Za-z_-]{35}\b"),
    rule("google client secret", &["GOCSPX-"], r"\bGOCSPX-[0-9A-Za-z_-]{28}"),
    rule("google token", &["ya29.", "1//0"], r"\b(?:ya29\.[0-9A-Za-z_-]{20,2000}|1//0[0-9A-Za-z_-]{40,200})"),
    rule(
        "azure key",
        &["AccountKey", "SharedAccessKey"],
        r"(?i)(?:AccountKey|SharedAccessKey)\s*=\s*([A-Za-z0-9+/]{43,88}={0,2})",
    ),
    rule("azure client secret", &["Q~"], r"\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    rule("azure signature", &["sig="], r"[?&;]sig=([A-Za-z0-9%+/]{40,100}(?:%3[Dd]|=))"),
    rule("azure devops token", &["AZDO"], r"\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b"),
    rule("digitalocean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    rule("alibaba access key", &["LTAI"], r"\bLTAI[A-Za-z0-9]{17,21}\b"),
    rule("heroku key", &["HRKU-"], r"\bHRKU-[0-9A-Za-z_-]{36,64}"),
    rule("fly.io token", &["fm2_", "fo1_"], r"\b(?:fm2_[A-Za-z0-9+/=]{100,2000}|fo1_[A-Za-z0-9_-]{43})"),
    rule("cloudflare key", &["v1.0-"], r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b"),
    // Where code is kept, built and published.
    rule("github token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\bgh[pousr]_[A-Za-z0-9]{36,255}"),
    rule("github token", &["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{40,255}"),
    rule(
        "gitlab token",
        &[
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "glsoat-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "GR1348941",
        ],
        r"\b(?:gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas)-|GR1348941)[A-Za-z0-9_.-]{20,300}",
    ),
    rule("bitbucket token", &["ATBB", "BBDC-"], r"\b(?:ATBB[A-Za-z0-9]{28}|BBDC-[A-Za-z0-9+/]{44})"),
    rule("npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    rule("npm token", &["_authToken"], r#"_authToken\s*=\s*["']?([A-Za-z0-9+/=_-]{20,400})"#),
    rule("pypi token", &["pypi-Ag"], r"\bpypi-Ag[A-Za-z0-9_-]{50,1000}"),
    rule("crates.io token", &["cio"], r"\bcio[A-Za-z0-9]{32}\b"),
    rule("rubygems key", &["rubygems_"], r"\brubygems_[a-f0-9]{48}\b"),
    rule("nuget key", &["oy2"], r"\boy2[a-z0-9]{43}\b"),
    rule("docker token", &["dckr_pat_", "dckr_oat_"], r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}"),
    rule("artifactory token", &["AKCp"], r"\bAKCp[A-Za-z0-9]{69}\b"),
    rule("terraform token", &[".atlasv1."], r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    rule("pulumi token", &["pul-"], r"\bpul-[a-f0-9]{40}\b"),
    rule("vault token", &["hvs.", "hvb.", "hvr."], r"\bhv[sbr]\.[A-Za-z0-9_-]{24,300}"),
    rule("doppler token", &["dp."], r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,40}\.)?[A-Za-z0-9]{40,44}\b"),
    rule("1password token", &["ops_eyJ"], r"\bops_eyJ[A-Za-z0-9+/=_-]{250,3000}"),
    rule("age key", &["AGE-SECRET-KEY-1"], r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    rule(
        "tailscale key",
        &["tskey-"],
        r"\btskey-(?:auth-|api-|client-|scim-|webhook-)?[A-Za-z0-9]{10,40}(?:-[A-Za-z0-9]{10,60})?",
    ),
    // Language models.
    rule("anthropic key", &["sk-ant-"], r"\bsk-ant-[a-z0-9]{3,12}-[A-Za-z0-9_-]{40,200}"),
    rule("openrouter key", &["sk-or-"], r"\bsk-or-(?:v[0-9]-)?[a-f0-9]{40,80}"),
    rule(
        "openai key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
        r"\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,300}",
    ),
    rule("openai key", &["sk-"], r"\bsk-[A-Za-z0-9]{40,60}\b"),
    rule("hugging face token", &["hf_", "api_org_"], r"\b(?:hf|api_org)_[A-Za-z0-9]{30,40}\b"),
    rule("replicate token", &["r8_"], r"\br8_[A-Za-z0-9]{37}\b"),
    rule("groq key", &["gsk_"], r"\bgsk_[A-Za-z0-9]{48,60}\b"),
    rule("perplexity key", &["pplx-"], r"\bpplx-[A-Za-z0-9]{40,60}\b"),
    rule("xai key", &["xai-"], r"\bxai-[A-Za-z0-9]{70,90}\b"),
    rule("databricks token", &["dapi"], r"\bdapi[a-f0-9]{32}(?:-[0-9])?\b"),
    rule("langsmith key", &["lsv2_"], r"\blsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}\b"),
    // Messages and mail.
    rule(
        "slack token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe.", "xapp-"],
        r"\b(?:xox[abposre][.-]|xapp-)[A-Za-z0-9.-]{20,300}",
    ),
    rule(
        "slack webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{40,120})",
    ),
    rule(
        "discord webhook",
        &["api/webhooks/"],
        r"discord(?:app)?\.com/api/webhooks/([0-9]{17,20}/[A-Za-z0-9_-]{60,80})",
    ),
    rule(
        "discord token",
        &["discord", "token", "bot"],
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    ),
    rule("telegram token", &[":AA"], r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    rule(
        "teams webhook",
        &["webhook.office.com"],
        r"webhook\.office\.com/webhookb2/([a-z0-9@-]{70,90}/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36})",
    ),
    rule("twilio key", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    rule("sendgrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    rule("mailgun key", &["key-"], r"\bkey-[0-9a-f]{32}\b"),
    rule("mailchimp key", &["-us"], r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    rule("brevo key", &["xkeysib-"], r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b"),
    rule("postmark or resend key", &["re_"], r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b"),
    // Money and shops.
    rule("stripe key", &["sk_live_", "sk_test_", "rk_live_", "rk_test_"], r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}"),
    rule("stripe webhook secret", &["whsec_"], r"\bwhsec_[A-Za-z0-9+/=]{32,100}"),
    rule("shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    rule(
        "square token",
        &["sq0atp-", "sq0csp-", "EAAA"],
        // The last one looks like any other piece of base 64.
        r"(?:^|[^A-Za-z0-9+/=_-])(sq0atp-[A-Za-z0-9_-]{22}|sq0csp-[A-Za-z0-9_-]{43}|EAAA[A-Za-z0-9_-]{60})(?:[^A-Za-z0-9+/=_-]|$)",
    ),
    rule("braintree token", &["access_token$"], r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    rule(
        "plaid token",
        &["access-production-", "access-sandbox-", "access-development-"],
        r"\baccess-(?:production|sandbox|development)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ),
    rule("easypost key", &["EZAK", "EZTK"], r"\bEZ[AT]K[A-Za-z0-9]{54}\b"),
    // Teams.
    rule("atlassian token", &["ATATT3", "ATCTT3"], r"\bATC?A?TT3[A-Za-z0-9_=-]{100,300}"),
    rule("linear key", &["lin_api_", "lin_oauth_"], r"\blin_(?:api|oauth)_[A-Za-z0-9]{40,64}\b"),
    rule("notion token", &["ntn_", "secret_"], r"\b(?:ntn_[A-Za-z0-9]{43,50}|secret_[A-Za-z0-9]{43})\b"),
    rule("airtable token", &["pat"], r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b"),
    rule("figma token", &["figd_"], r"\bfigd_[A-Za-z0-9_-]{36,60}"),
    rule("postman key", &["PMAK-"], r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b"),
    rule("typeform token", &["tfp_"], r"\btfp_[A-Za-z0-9_.=-]{40,80}"),
    rule("dropbox token", &["sl."], r"\bsl\.(?:u\.)?[A-Za-z0-9_-]{130,300}"),
    // What watches and stores.
    rule("new relic key", &["NRAK-", "NRII-", "NRJS-"], r"\bNR(?:AK|II|JS)-[A-Za-z0-9_-]{19,32}"),
    rule("grafana token", &["glsa_", "glc_"], r"\b(?:glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}|glc_[A-Za-z0-9+/=]{32,400})"),
    rule("sentry token", &["sntrys_", "sntryu_"], r"\b(?:sntrys_eyJ[A-Za-z0-9+/=_-]{40,400}|sntryu_[a-f0-9]{64})"),
    rule("planetscale token", &["pscale_"], r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}"),
    rule("supabase token", &["sbp_", "sb_secret_"], r"\b(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,60})\b"),
    rule("netlify token", &["nfp_"], r"\bnfp_[A-Za-z0-9]{36,60}\b"),
    rule("sonar token", &["sqp_", "squ_", "sqa_"], r"\bsq[pua]_[a-f0-9]{40}\b"),
    // What has no maker.
    Rule {
        kind: "json web token",
        words: &["eyJ"],
        pattern: r"\beyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}(?:\.[A-Za-z0-9_-]{20,2000}|\.)?",
        entropy: 3.0,
        check: Check::None,
    },
    Rule {
        kind: "bearer token",
        words: &["bearer"],
        pattern: r"(?i)\bbearer\s+([A-Za-z0-9_.~+/-]{24,2000}={0,2})",
        entropy: 3.8,
        check: Check::None,
    },
    Rule {
        kind: "basic login",
        words: &["basic"],
        pattern: r"\b[Bb]asic\s+([A-Za-z0-9+/]{16,400}={0,2})",
        entropy: 2.5,
        check: Check::Login,
    },
    Rule {
        kind: PASSWORD,
        words: &["://"],
        pattern: r#"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@"'`<>{}$()\[\]]{0,100}:([^\s/@"'`<>{}$()\[\]]{3,200})@[A-Za-z0-9\[_]"#,
        entropy: 1.5,
        check: Check::Chosen,
    },
    Rule {
        kind: PASSWORD,
        words: &["password", "pwd"],
        pattern: r#"(?i)(?:server|data source|host|user id|uid|user|username|database|initial catalog|jdbc:[a-z]+)\s*[=:][^"'\n]{0,300}?(?:[;?&]\s*(?:password|pwd)\s*=\s*| (?:password|pwd)=)([^;&"'`\s<>{}$()\[\]]{4,200})"#,
        entropy: 1.5,
        check: Check::Chosen,
    },
];
