//! Stores as a file lists them: one table each, with credentials of its own.

use serde::Deserialize;
use url::Url;

use super::config::{Addressing, Credentials, S3Key, Secret, StoreConfig, StoreKind};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    store: Vec<Entry>,
}

/// One table, as it was written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    kind: String,
    endpoint: Option<String>,
    region: Option<String>,
    #[serde(default)]
    virtual_host: bool,
    account: Option<String>,
    #[serde(default)]
    anonymous: bool,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    key: Option<String>,
    #[serde(default)]
    allowed_buckets: Vec<String>,
    #[serde(default)]
    denied_buckets: Vec<String>,
}

impl StoreConfig {
    /// Reads a TOML list of stores, in the order in which they are considered.
    ///
    /// Each has a `name` and a `kind`: `s3`, `gcs` or `abs`. `endpoint`, `allowed_buckets` and `denied_buckets` are
    /// for all kinds; `region` and `virtual_host` for S3; `account` for Azure, where it must be given. Credentials
    /// are `access_key_id`, `secret_access_key` and perhaps `session_token` for S3, and `key` for the others;
    /// `anonymous = true` for none. Where nothing is said, they come from the environment.
    ///
    /// ```
    /// use inkfish::source::StoreConfig;
    ///
    /// let stores = StoreConfig::parse_list(
    ///     r#"
    ///     [[store]]
    ///     name = "archive"
    ///     kind = "s3"
    ///     endpoint = "http://10.0.0.5:9000"
    ///     access_key_id = "reader"
    ///     secret_access_key = "secret"
    ///     allowed_buckets = ["photos"]
    ///     "#,
    /// );
    /// assert_eq!(stores.unwrap()[0].allowed_buckets, ["photos"]);
    /// ```
    ///
    /// # Errors
    ///
    /// A sentence for what is wrong. It shows no value, since that may be a secret.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let list: List = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        list.store.into_iter().map(Entry::into_config).collect()
    }
}

impl Entry {
    fn into_config(self) -> Result<StoreConfig, String> {
        let named = |problem: &str| format!("{}: {problem}", self.name);
        let kind = self.kind().map_err(named)?;
        let endpoint = self.endpoint.as_deref().map(Url::parse).transpose();
        let endpoint = endpoint.map_err(|_| named("its endpoint is no URL"))?;
        Ok(StoreConfig {
            name: self.name,
            kind,
            endpoint,
            allowed_buckets: self.allowed_buckets,
            denied_buckets: self.denied_buckets,
        })
    }

    fn kind(&self) -> Result<StoreKind, &'static str> {
        let is_s3 = self.kind == "s3";
        let has_s3_key = self.access_key_id.is_some()
            || self.secret_access_key.is_some()
            || self.session_token.is_some();
        if !is_s3 && (has_s3_key || self.region.is_some() || self.virtual_host) {
            return Err("only a store of kind s3 has a region, virtual hosts and access keys");
        }
        if self.account.is_some() != (self.kind == "abs") {
            return Err("a store of kind abs has an account, and no other");
        }
        if self.anonymous && (has_s3_key || self.key.is_some()) {
            return Err("it is anonymous and has a key");
        }
        match self.kind.as_str() {
            "s3" => Ok(StoreKind::S3 {
                region: self.region.clone(),
                addressing: self.addressing(),
                credentials: self.s3_credentials()?,
            }),
            "gcs" => Ok(StoreKind::Gcs {
                credentials: self.credentials(),
            }),
            "abs" => Ok(StoreKind::Azure {
                account: self.account.clone().unwrap_or_default(),
                credentials: self.credentials(),
            }),
            _ => Err("its kind must be s3, gcs or abs"),
        }
    }

    fn addressing(&self) -> Addressing {
        if self.virtual_host {
            Addressing::VirtualHost
        } else {
            Addressing::Path
        }
    }

    fn s3_credentials(&self) -> Result<Credentials<S3Key>, &'static str> {
        match (&self.access_key_id, &self.secret_access_key, &self.key) {
            (_, _, Some(_)) => Err("a store of kind s3 has access_key_id and secret_access_key"),
            (None, None, None) if self.anonymous => Ok(Credentials::Anonymous),
            (None, None, None) => Ok(Credentials::Environment),
            (Some(id), Some(secret), None) => Ok(Credentials::Key(S3Key {
                access_key_id: id.clone(),
                secret_access_key: Secret::new(secret),
                session_token: self.session_token.as_ref().map(Secret::new),
            })),
            _ => Err("access_key_id and secret_access_key go together"),
        }
    }

    fn credentials(&self) -> Credentials<Secret> {
        match &self.key {
            Some(key) => Credentials::Key(Secret::new(key)),
            None if self.anonymous => Credentials::Anonymous,
            None => Credentials::Environment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<StoreKind> {
        let stores = StoreConfig::parse_list(text).unwrap();
        stores.into_iter().map(|store| store.kind).collect()
    }

    #[test]
    fn stores_are_read_in_their_order() {
        let text = r#"
            [[store]]
            name = "a"
            kind = "abs"
            account = "acct"
            key = "a2V5"

            [[store]]
            name = "b"
            kind = "gcs"
            anonymous = true

            [[store]]
            name = "c"
            kind = "s3"
            region = "eu-central-1"
            virtual_host = true
        "#;
        let expected = [
            StoreKind::Azure {
                account: "acct".to_owned(),
                credentials: Credentials::Key(Secret::new("a2V5")),
            },
            StoreKind::Gcs {
                credentials: Credentials::Anonymous,
            },
            StoreKind::S3 {
                region: Some("eu-central-1".to_owned()),
                addressing: Addressing::VirtualHost,
                credentials: Credentials::Environment,
            },
        ];
        assert_eq!(kinds(text), expected);
        assert_eq!(kinds(""), []);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for rest in [
            "kind = \"swift\"",
            "kind = \"s3\"\naccess_key_id = \"hush\"",
            "kind = \"s3\"\nsession_token = \"hush\"\nsecret_access_key = \"hush\"",
            "kind = \"s3\"\nkey = \"hush\"",
            "kind = \"s3\"\naccount = \"hush\"",
            "kind = \"gcs\"\nregion = \"r\"",
            "kind = \"gcs\"\nkey = \"hush\"\nanonymous = true",
            "kind = \"abs\"",
            "kind = \"s3\"\nendpoint = \"hush\"",
            "kind = \"s3\"\nsecret = \"hush\"",
        ] {
            let text = format!("[[store]]\nname = \"a\"\n{rest}\n");
            let problem = StoreConfig::parse_list(&text).unwrap_err();
            assert!(!problem.contains("hush"), "{problem}");
        }
    }
}
