// What the store knows about a package (D1).
using System.Collections.Immutable;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

/// <summary>A package in the store.</summary>
/// <param name="Sha256">Its content, as 64 small hexadecimal digits; also its id.</param>
/// <param name="SizeBytes">Its size as uploaded.</param>
/// <param name="ServiceDefinition">Its definition, read.</param>
/// <param name="DefinitionXml">Its definition, as it was written.</param>
/// <param name="RoleContentBytes">Bytes of content by role, unpacked.</param>
/// <param name="Advice">Tips on the package (D6).</param>
public sealed record StoredPackage(
    string Sha256,
    long SizeBytes,
    ServiceDefinition ServiceDefinition,
    string DefinitionXml,
    ImmutableSortedDictionary<string, long> RoleContentBytes,
    ImmutableArray<Advice> Advice);
