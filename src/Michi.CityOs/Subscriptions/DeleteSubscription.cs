using Michi.CityOs.Api;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.5 Delete Subscription.</summary>
internal static class DeleteSubscription
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        await call.Services.Subscriptions.DeleteAsync(call.Tenant, id, call.Cancel);
        await call.DoneAsync();
    }
}
