using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform.Accounts;

/// <summary>Keeps the keys that protect cookies and links in the database: they are backed up with it and shared by every node.</summary>
internal sealed class KeyRing(IServiceScopeFactory scopes) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        return scope.ServiceProvider.GetRequiredService<PlatformDb>().Settings.AsNoTracking()
            .Where(s => s.Key.StartsWith("key:")).Select(s => s.Value).AsEnumerable().Select(XElement.Parse).ToList();
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        db.Settings.Add(new() { Key = $"key:{friendlyName}", Value = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}
