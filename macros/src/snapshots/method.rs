#[must_use]
#[allow(refining_impl_trait, clippy::double_must_use)]
fn get<T: Clone>(
    &self,
    arg0: (u32, u32),
    n: T,
    x: u8,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = T,
        Key = (Self, (u32, u32), T, u8),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
>
where
    T: Hash,
{
    ::larder::__private::call(
        {
            struct __Site;
            impl ::larder::__private::Site for __Site {
                fn function() -> &'static ::larder::__private::Function {
                    static __FUNCTION: ::larder::__private::Function = ::larder::__private::Function::new(::larder::__private::Spec {
                        name: "get",
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
        ::larder::__private::Borrowed,
        (arg0, n, x),
        move |(arg0, arg1, arg2), ask| {
            ask
                .with((
                    ::larder::__private::receiver(self),
                    ::larder::__private::leaf(arg0),
                    ::larder::__private::leaf(arg1),
                    ::larder::__private::leaf(arg2),
                ))
        },
        move |(arg0, n, x)| async move {
            if false {
                return ::larder::__private::output::<T>();
            }
            let (a, b) = arg0;
            let mut n = n;
            #[allow(unused)]
            let x = x;
            ({ n })
        },
        {
            use ::larder::__private::{
                ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
            };
            (&&&&::larder::__private::Probe::<T>::NEW).shape()
        },
    )
}
