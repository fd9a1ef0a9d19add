::core::compile_error! {
    "unknown option `maxsiz`\nhelp: did you mean `maxsize`? The options are `maxsize`, `unbounded`, `ttl`, `skip_args`, `skip`, `key`, `cache_if`, `cache_err`, `skip_none`, `name`, `version`, `cache`, `local`, `crate`"
}
::core::compile_error! {
    "a `ttl` of zero stores nothing\nhelp: remove the option, or the attribute to run the body at every call"
}
::core::compile_error! {
    "the `&mut` argument `conn` cannot be part of the key: a hit would leave its effect out\nhelp: if a hit may do without it, leave it out: `skip(conn)`"
}
#[allow(refining_impl_trait, clippy::double_must_use)]
fn find(
    conn: &mut Conn,
    id: u64,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Row,
        Key = (),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    ::larder::__private::call(
        {
            struct __Site;
            impl ::larder::__private::Site for __Site {
                fn function() -> &'static ::larder::__private::Function {
                    static __FUNCTION: ::larder::__private::Function = ::larder::__private::Function::new(::larder::__private::Spec {
                        name: "find",
                        module: ::core::module_path!(),
                        version: 0u32,
                        options: || ::larder::__private::Options::ttl_defaults(),
                    });
                    ::larder::__private::inventory::submit!(
                        ::larder::__private::Registered(& __FUNCTION)
                    );
                    &__FUNCTION
                }
            }
            __Site
        },
        ::larder::__private::Borrowed,
        (),
        move |(), ask| ask.with(()),
        move |()| async move {
            if false {
                return ::larder::__private::output::<Row>();
            }
            let (conn, id) = (conn, id);
            ({ conn.load(id).await })
        },
        {
            use ::larder::__private::{
                ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
            };
            (&&&&::larder::__private::Probe::<Row>::NEW).shape()
        },
    )
}
