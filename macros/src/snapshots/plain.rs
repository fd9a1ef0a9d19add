/// Docs stay.
#[allow(refining_impl_trait, clippy::double_must_use)]
pub fn double(
    n: u64,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = u64,
        Key = u64,
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    ::larder::__private::call(
        {
            struct __Site;
            impl ::larder::__private::Site for __Site {
                fn function() -> &'static ::larder::__private::Function {
                    static __FUNCTION: ::larder::__private::Function = ::larder::__private::Function::new(::larder::__private::Spec {
                        name: "double",
                        module: ::core::module_path!(),
                        version: 0u32,
                        options: || ::larder::__private::Options::lru_defaults(),
                    });
                    ::larder::__private::inventory::submit!(
                        ::larder::__private::Registered(& __FUNCTION)
                    );
                    &__FUNCTION
                }
            }
            __Site
        },
        ::larder::__private::Owned,
        (n,),
        move |(arg0,), ask| ask.with(::larder::__private::leaf(arg0)),
        move |(n,)| async move {
            if false {
                return ::larder::__private::output::<u64>();
            }
            ({ n * 2 })
        },
        {
            use ::larder::__private::{
                ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
            };
            (&&&&::larder::__private::Probe::<u64>::NEW).shape()
        },
    )
}
