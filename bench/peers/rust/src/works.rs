use tikv_client::{RawClient, Timestamp, TransactionClient, TransactionOptions};

use crate::Arguments;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

// As in bench/workload.h.
const READ_KEYS: u64 = 10_000;
const KEY_SETS: u64 = 4;
const VALUE_SIZE: usize = 64;

fn key(number: u64) -> Vec<u8> {
    let mut text = b"bench/key/0000000000".to_vec();
    let mut at = text.len();
    let mut rest = number;
    while rest > 0 {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text
}

fn value() -> Vec<u8> {
    vec![b'v'; VALUE_SIZE]
}

fn found(value: Option<Vec<u8>>) -> Result<(), Failure> {
    match value {
        Some(bytes) if bytes.len() == VALUE_SIZE => Ok(()),
        other => Err(format!("a value of {:?} bytes", other.map(|bytes| bytes.len())).into()),
    }
}

pub enum Works {
    RawGet(RawClient),
    RawPut(RawClient),
    TxnGet(TransactionClient, Timestamp),
    TxnWrite { client: TransactionClient, callers: u64, keys: u64 },
}

impl Works {
    pub async fn connect(arguments: &Arguments) -> Result<Works, Failure> {
        let pd = arguments.pd.clone();
        let callers = arguments.callers;
        Ok(match arguments.work.as_str() {
            "raw_get" => Works::RawGet(RawClient::new(pd).await?),
            "raw_put" => Works::RawPut(RawClient::new(pd).await?),
            "txn_get" => {
                let client = TransactionClient::new(pd).await?;
                let timestamp = client.current_timestamp().await?;
                Works::TxnGet(client, timestamp)
            }
            "txn_1" => Works::TxnWrite { client: TransactionClient::new(pd).await?, callers, keys: 1 },
            "txn_10" => Works::TxnWrite { client: TransactionClient::new(pd).await?, callers, keys: 10 },
            other => return Err(format!("no such work: {other}").into()),
        })
    }

    /// The n-th operation of the index-th caller.
    pub async fn run(&self, index: u64, n: u64) -> Result<(), Failure> {
        let read = key((index * 7919 + n) % READ_KEYS);
        match self {
            Works::RawGet(client) => found(client.get(read).await?),
            Works::RawPut(client) => Ok(client.put(read, value()).await?),
            Works::TxnGet(client, timestamp) => {
                let mut snapshot = client.snapshot(timestamp.clone(), TransactionOptions::new_optimistic());
                found(snapshot.get(read).await?)
            }
            Works::TxnWrite { client, callers, keys } => {
                let mut transaction = client.begin_optimistic().await?;
                let first = READ_KEYS + (n % KEY_SETS * callers + index) * 10;
                for number in first..first + keys {
                    transaction.put(key(number), value()).await?;
                }
                transaction.commit().await?;
                Ok(())
            }
        }
    }
}
