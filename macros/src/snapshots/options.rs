#[allow(refining_impl_trait, clippy::double_must_use)]
fn find(
    tenant: u32,
    name: &str,
) -> crate::memo::Call<
    impl crate::memo::Memoized<
        Output = Result<Option<Row>, Error>,
    > + crate::memo::__private::Standalone,
> {
    crate::memo::__private::call(
        {
            struct __Site;
            impl crate::memo::__private::Site for __Site {
                fn function() -> &'static crate::memo::__private::Function {
                    static __FUNCTION: crate::memo::__private::Function = crate::memo::__private::Function::new(crate::memo::__private::Spec {
                        name: "rows",
                        module: ::core::module_path!(),
                        version: 2u32,
                        options: || {
                            crate::memo::__private::Options::ttl_defaults().unbounded()
                        },
                    });
                    crate::memo::__private::inventory::submit!(
                        crate ::memo::__private::Registered(& __FUNCTION)
                    );
                    &__FUNCTION
                }
            }
            __Site
        },
        crate::memo::__private::Local,
        (tenant, name),
        move |(arg0, arg1), ask| {
            #[allow(unused_variables)]
            let tenant = arg0;
            #[allow(unused_variables)]
            let name = arg1;
            ask.with((
                crate::memo::__private::leaf(arg0),
                crate::memo::__private::custom(name.to_lowercase()),
            ))
        },
        move |(tenant, name)| async move {
            if false {
                return crate::memo::__private::output::<Result<Option<Row>, Error>>();
            }
            ({ load(name).await })
        },
        crate::memo::__private::cache_if(
            crate::memo::__private::cache_err(
                {
                    use crate::memo::__private::{
                        ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
                    };
                    (&&&&crate::memo::__private::Probe::<
                        Result<Option<Row>, Error>,
                    >::NEW)
                        .shape()
                },
                ::core::time::Duration::new(5u64, 0u32),
            ),
            is_complete,
        ),
    )
}
