using Michi.CityOs.Api;

namespace Michi.CityOs.Sources;

/// <summary>The operations on context sources, by method and path.</summary>
internal static class SourceApi
{
    public static readonly Dictionary<string, NgsiLdApi.Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST csourceRegistrations"] = (c, _) => CreateRegistration.HandleAsync(c),
        ["GET csourceRegistrations"] = (c, _) => QueryRegistrations.HandleAsync(c),
        ["GET csourceRegistrations/*"] = (c, p) => RetrieveRegistration.HandleAsync(c, p[0]),
        ["PATCH csourceRegistrations/*"] = (c, p) => UpdateRegistration.HandleAsync(c, p[0]),
        ["DELETE csourceRegistrations/*"] = (c, p) => DeleteRegistration.HandleAsync(c, p[0]),
        ["POST csourceSubscriptions"] = (c, _) => RegistrationSubscriptions.CreateAsync(c),
        ["GET csourceSubscriptions"] = (c, _) => RegistrationSubscriptions.QueryAsync(c),
        ["GET csourceSubscriptions/*"] = (c, p) => RegistrationSubscriptions.RetrieveAsync(c, p[0]),
        ["PATCH csourceSubscriptions/*"] = (c, p) => RegistrationSubscriptions.UpdateAsync(c, p[0]),
        ["DELETE csourceSubscriptions/*"] = (c, p) => RegistrationSubscriptions.DeleteAsync(c, p[0]),
        ["GET entityMaps"] = (c, _) => EntityMaps.CreateAsync(c),
        ["POST entityMaps"] = (c, _) => EntityMaps.CreateByDocumentAsync(c),
        ["GET entityMaps/*"] = (c, p) => EntityMaps.RetrieveAsync(c, p[0]),
        ["PATCH entityMaps/*"] = (c, p) => EntityMaps.UpdateAsync(c, p[0]),
        ["DELETE entityMaps/*"] = (c, p) => EntityMaps.DeleteAsync(c, p[0]),
        ["GET info/sourceIdentity"] = (c, _) => SourceIdentity.HandleAsync(c),
    };
}
