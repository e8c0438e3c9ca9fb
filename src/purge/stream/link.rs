//! A connection to Redis, in the few commands that purging needs.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::StreamReadReply;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisResult, Value, cmd};

use super::entry::{Entry, Id};
use super::health::Able;

/// Entries that the stream keeps, about: days of purging, in some 10 MB.
const KEPT_ENTRIES: usize = 100_000;
/// Entries that are read at once.
pub(super) const BATCH: usize = 1000;
/// For a connection, and for an answer to a command that does not wait by itself.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a replica may take to confirm.
const REPLICATION: Duration = Duration::from_millis(500);
/// How long a read waits for entries.
pub(super) const READ_WAIT: Duration = Duration::from_secs(5);

/// Where the stream is.
#[derive(Clone)]
pub(super) struct Address {
    client: Client,
    key: String,
}

/// A connection to it.
pub(super) struct Link {
    connection: MultiplexedConnection,
    key: String,
}

/// How the stream stands to a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuity {
    /// It has all that followed.
    Whole,
    /// It has lost some of what followed; it goes on behind this place.
    Gap(Id),
}

impl Address {
    /// Where `url` leads; what is wrong with it, as a clause without the URL, which may hold a password.
    pub(super) fn parse(url: &str, key: &str) -> Result<Self, String> {
        let client = Client::open(url).map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            key: key.to_owned(),
        })
    }

    /// A connection for commands that are answered at once.
    pub(super) async fn connect(&self) -> RedisResult<Link> {
        self.connect_for(PATIENCE).await
    }

    /// A connection for reads that wait for entries.
    pub(super) async fn connect_to_read(&self) -> RedisResult<Link> {
        self.connect_for(READ_WAIT + PATIENCE).await
    }

    async fn connect_for(&self, patience: Duration) -> RedisResult<Link> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(patience));
        let client = &self.client;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Link {
            connection: connection.await?,
            key: self.key.clone(),
        })
    }
}

impl Link {
    /// Whether Redis answers.
    pub(super) async fn probe(&mut self) -> RedisResult<()> {
        cmd("PING").exec_async(&mut self.connection).await
    }

    /// Adds entries, and answers their ids.
    pub(super) async fn append(&mut self, entries: &[Entry]) -> RedisResult<Vec<Id>> {
        let mut pipe = redis::pipe();
        for entry in entries {
            pipe.add_command(self.addition(entry));
        }
        let ids: Vec<String> = pipe.query_async(&mut self.connection).await?;
        Ok(ids.iter().filter_map(|id| Id::parse(id)).collect())
    }

    fn addition(&self, entry: &Entry) -> Cmd {
        let mut addition = cmd("XADD");
        addition
            .arg(&self.key)
            .arg(&["MAXLEN", "~"])
            .arg(KEPT_ENTRIES)
            .arg("*");
        for (name, value) in entry.fields() {
            addition.arg(name).arg(value);
        }
        addition
    }

    /// Whether a replica has what was added here; as good as that where Redis has none.
    pub(super) async fn is_replicated(&mut self) -> RedisResult<Able> {
        let role: Value = cmd("ROLE").query_async(&mut self.connection).await?;
        if has_no_replica(&role) {
            return Ok(Able::Yes);
        }
        let confirmed: u64 = cmd("WAIT")
            .arg(1)
            .arg(REPLICATION.as_millis() as u64)
            .query_async(&mut self.connection)
            .await?;
        Ok(if confirmed > 0 { Able::Yes } else { Able::No })
    }

    /// The entries after `after`, a batch of them; with `wait`, waits a while where there are none yet.
    pub(super) async fn read(
        &mut self,
        after: Id,
        wait: Option<Duration>,
    ) -> RedisResult<Vec<(Id, Entry)>> {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(BATCH);
        if let Some(wait) = wait {
            read.arg("BLOCK").arg(wait.as_millis() as u64);
        }
        read.arg("STREAMS").arg(&self.key).arg(after.to_string());
        let reply: Option<StreamReadReply> = read.query_async(&mut self.connection).await?;
        let entries = reply.into_iter().flat_map(|reply| reply.keys);
        let entries = entries.flat_map(|key| key.ids);
        Ok(entries
            .filter_map(|entry| Some((Id::parse(&entry.id)?, Entry::read(&entry.map))))
            .collect())
    }

    /// Whether the stream still has all that followed `place`.
    pub(super) async fn continuity(&mut self, place: Id) -> RedisResult<Continuity> {
        let facts = self.facts().await?;
        Ok(if facts.last < place {
            Continuity::Gap(Id::default())
        } else if facts.last == place || self.has_all_after(place, &facts).await? {
            Continuity::Whole
        } else if facts.length == 0 {
            Continuity::Gap(facts.last)
        } else {
            Continuity::Gap(place)
        })
    }

    /// Entries go from the front, so that nothing behind one that is there has gone.
    async fn has_all_after(&mut self, place: Id, facts: &Facts) -> RedisResult<bool> {
        if place == Id::default() {
            return Ok(facts.added <= facts.length);
        }
        let mut range = cmd("XRANGE");
        let id = place.to_string();
        range.arg(&self.key).arg(&id).arg(&id);
        let found: Vec<Value> = range.query_async(&mut self.connection).await?;
        Ok(!found.is_empty())
    }

    async fn facts(&mut self) -> RedisResult<Facts> {
        let mut exists = cmd("EXISTS");
        let exists: bool = exists
            .arg(&self.key)
            .query_async(&mut self.connection)
            .await?;
        if !exists {
            return Ok(Facts::default());
        }
        let mut ask = cmd("XINFO");
        ask.arg("STREAM").arg(&self.key);
        let told: HashMap<String, Value> = ask.query_async(&mut self.connection).await?;
        Ok(Facts::read(&told))
    }
}

/// What Redis tells of a stream.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    last: Id,
    length: i64,
    /// Entries that it ever had. Redis before 7 does not tell.
    added: i64,
}

impl Facts {
    fn read(told: &HashMap<String, Value>) -> Self {
        let number = |name: &str| match told.get(name) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        };
        let last = match told.get("last-generated-id") {
            Some(Value::BulkString(id)) => std::str::from_utf8(id).ok().and_then(Id::parse),
            _ => None,
        };
        Self {
            last: last.unwrap_or_default(),
            length: number("length"),
            added: number("entries-added"),
        }
    }
}

/// Of a master whose list of replicas is empty.
fn has_no_replica(role: &Value) -> bool {
    match role {
        Value::Array(parts) => matches!(parts.get(2), Some(Value::Array(list)) if list.is_empty()),
        _ => false,
    }
}
