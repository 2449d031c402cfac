using Michi.CityOs.Api;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.10.1 Retrieve Context Source Registration.</summary>
internal static class RetrieveRegistration
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options");
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var hasSysAttrs = call.Representation().HasSysAttrs;
        var (_, registration) = await FindAsync(call, id);
        await call.WriteAsync(type, json => registration.Write(json, call.Context, hasSysAttrs, call.Services.Sources.FindState(call.Tenant, id), type == NgsiLdCall.LdJson ? call.WriteContext : null));
    }

    /// <summary>A registration that is there and has not expired.</summary>
    public static async Task<(byte[] Body, ContextSourceRegistration Registration)> FindAsync(NgsiLdCall call, string id)
    {
        var body = await call.Store.FindDocumentAsync(DocumentKind.Registration, call.Tenant, id, call.Cancel) ?? throw NgsiLdException.ResourceNotFound(id);
        var registration = ContextSourceRegistration.Read(body);
        return registration.ExpiresAt <= call.Services.Clock.GetUtcNow() ? throw NgsiLdException.ResourceNotFound(id) : (body, registration);
    }
}
