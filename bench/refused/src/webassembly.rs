//! Instructions of WebAssembly, by the fuel that an interpreter takes for them.

use std::fs;
use std::path::Path;

use agentid_refused::Curve;
use anyhow::{Context, Result, ensure};
use wasmi::{Config, Engine, Linker, Store};

use crate::cases::{Case, NOW};

/// The core as a module.
pub(crate) struct Module {
    engine: Engine,
    module: wasmi::Module,
}

impl Module {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let module = wasmi::Module::new(&engine, &bytes)?;
        Ok(Self { engine, module })
    }

    /// The fuel of all cases, in their order.
    pub(crate) fn counts(&self, cases: &[Case], curve: Curve) -> Result<Vec<u64>> {
        cases.iter().map(|case| self.count(case, curve)).collect()
    }

    fn count(&self, case: &Case, curve: Curve) -> Result<u64> {
        let mut store = Store::new(&self.engine, ());
        store.set_fuel(u64::MAX)?;
        let instance = Linker::new(&self.engine).instantiate_and_start(&mut store, &self.module)?;
        let input = instance.get_typed_func::<u32, u32>(&store, "input")?;
        let set_up = instance.get_typed_func::<(u32, u32, u32, i64), ()>(&store, "set_up")?;
        let ask = instance.get_typed_func::<(), u32>(&store, "ask")?;
        let memory = instance.get_memory(&store, "memory").context("memory")?;
        let write = |store: &mut Store<()>, bytes: &[u8]| -> Result<()> {
            let at = input.call(&mut *store, u32::try_from(bytes.len())?)?;
            Ok(memory.write(store, at as usize, bytes)?)
        };
        let (authority, keys, bundle) = case.operator();
        write(&mut store, &[&authority[..], keys.as_flattened(), &bundle].concat())?;
        set_up.call(&mut store, (case.door as u32, curve as u32, u32::try_from(keys.len())?, NOW))?;
        write(&mut store, &case.input)?;
        let before = store.get_fuel()?;
        let code = ask.call(&mut store, ())?;
        let after = store.get_fuel()?;
        ensure!(code == u32::from(case.code), "{}: {code} and not {}", case.what, case.code);
        Ok(before - after)
    }
}
